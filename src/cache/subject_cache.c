/*
 * subject_cache.c
 *	  Subject cache: for each subject, what it has on which resource through
 *	  all its principals.
 *
 * An entry is built in the caller's memory (load.c) and complete, but for the
 * time until which it is valid, before it is published here.  It does not
 * change afterwards, except for its lists of ids (permitted_ids.c).  When the
 * caches are full, cache.c evicts entries by authz_subject_cache_evict_next():
 * the oldest first, and one that has been used since gets a second chance.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "cache/hash.h"
#include "cache/subject_cache.h"
#include "cache/validity.h"

#define CACHE_LINE 64
#define SHORT_NAME 34
#define HOT_OFFSET (offsetof(AuthzSubject, validity) + offsetof(AuthzValidity, checked))

static Size bytes = 0;			/* with their lists */
static uint32 count = 0;
static uint64 last_serial = 0;
static dlist_head subjects = DLIST_STATIC_INIT(subjects);	/* eviction takes the last */

/*
 * The hash table of subjects.  The key of a look-up is an object on the stack
 * that has just its key fields filled in.  An element of the table is one line
 * of the processor's cache and contains the name, where that is short: a check
 * of many subjects in turn then need not read each AuthzSubject, which would
 * be one more wait for memory.
 */
typedef struct SubjectEntry
{
	AuthzSubject *object;
	uint32		hash;
	char		status;
	uint8		name_len;		/* 0: the name is too long, or the subject
								 * must be read for another reason */
	char		name[SHORT_NAME];
	uint64		serial;
	uint64		checked;		/* generation at which the subject was last
								 * found valid */
} SubjectEntry;

StaticAssertDecl(sizeof(SubjectEntry) == CACHE_LINE, "an entry is a cache line");

/*
 * Names of subjects are short, and many are looked up: calling hash_bytes()
 * and memcmp() would take longer than what they do.
 */
uint32
authz_subject_cache_hash_name(const char *name, int len)
{
	uint64		hash = len;
	uint64		word;

	for (; len >= 8; name += 8, len -= 8)
	{
		memcpy(&word, name, 8);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = 0;
	for (int i = 0; i < len; i++)
		word = word << 8 | (unsigned char) name[i];
	return (uint32) authz_hash_mix(hash ^ word);
}

static inline bool
is_same_subject(const AuthzSubject *a, const AuthzSubject *b)
{
	const char *left = a->name;
	const char *right = b->name;
	int			len = a->name_len;

	if (len != b->name_len)
		return false;
	for (; len >= 8; left += 8, right += 8, len -= 8)
	{
		uint64		left_word;
		uint64		right_word;

		memcpy(&left_word, left, 8);
		memcpy(&right_word, right, 8);
		if (left_word != right_word)
			return false;
	}
	for (int i = 0; i < len; i++)
		if (left[i] != right[i])
			return false;
	return true;
}

/* At most half full, so that nearly every look-up ends at its first slot. */
#define SH_FILLFACTOR (0.5)
#define SH_PREFIX subject_table
#define SH_ELEMENT_TYPE SubjectEntry
#define SH_KEY_TYPE AuthzSubject *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) ((key)->hash)
#define SH_EQUAL(tb, a, b) is_same_subject((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#define SH_USE_NONDEFAULT_ALLOCATOR
#include "lib/simplehash.h"

static subject_table_hash *subject_table;

/*
 * The table is aligned to cache lines; the pointer to be freed is stored
 * before it.
 */
static inline void *
subject_table_allocate(subject_table_hash *table, Size size)
{
	char	   *chunk = MemoryContextAllocExtended(table->ctx, size + 2 * CACHE_LINE,
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	void	  **aligned = (void **) TYPEALIGN(CACHE_LINE, chunk + sizeof(void *));

	aligned[-1] = chunk;
	return aligned;
}

static inline void
subject_table_free(subject_table_hash *table, void *pointer)
{
	pfree(((void **) pointer)[-1]);
}

static void free_subject(AuthzSubject *subject);
static SubjectEntry *enter_subject(AuthzSubject *subject);
static void add_grant(AuthzSubject *subject, const AuthzAssignedSets *assigned);

void
authz_subject_cache_begin(MemoryContext memory)
{
	subject_table = subject_table_create(memory, 64, NULL);
}

bool
authz_subject_cache_is_open(void)
{
	return subject_table != NULL;
}

/* The memory context has been reset. */
void
authz_subject_cache_forget(void)
{
	subject_table = NULL;
	bytes = 0;
	count = 0;
	dlist_init(&subjects);
}

uint32
authz_subject_cache_count(void)
{
	return count;
}

Size
authz_subject_cache_bytes(void)
{
	return bytes + count * 3 * sizeof(SubjectEntry);
}

/*
 * Consider the last subject of the list for eviction: one that has been used
 * since gets a second chance, as the first of it.
 */
void
authz_subject_cache_evict_next(void)
{
	AuthzSubject *subject = dlist_container(AuthzSubject, link, dlist_tail_node(&subjects));

	if (subject->used)
	{
		subject->used = false;
		dlist_move_head(&subjects, &subject->link);
	}
	else
		free_subject(subject);
}

static void
free_subject(AuthzSubject *subject)
{
	dlist_delete(&subject->link);
	bytes -= subject->bytes;
	count--;
	subject_table_delete(subject_table, subject);
	while (subject->lists != NULL)
	{
		AuthzPermittedIds *list = subject->lists;

		subject->lists = list->next;
		pfree(list);
	}
	pfree(subject->chunk);
}

/* The subject has one chunk of memory more (sign 1) or less (-1). */
static void
account_chunk(AuthzSubject *subject, void *chunk, int sign)
{
	Size		space = GetMemoryChunkSpace(chunk);

	subject->bytes += sign * space;
	bytes += sign * space;
}

AuthzSubject *
authz_subject_cache_find(const char *name, int len)
{
	return authz_subject_cache_find_hashed(name, len, authz_subject_cache_hash_name(name, len));
}

AuthzSubject *
authz_subject_cache_find_hashed(const char *name, int len, uint32 hash)
{
	AuthzSubject probe;
	SubjectEntry *entry;
	AuthzSubject *subject;

	if (subject_table == NULL)
		return NULL;
	probe.name = (char *) name;
	probe.name_len = len;
	probe.hash = hash;
	entry = subject_table_lookup(subject_table, &probe);
	if (entry == NULL)
		return NULL;
	subject = entry->object;
	if (!authz_subject_cache_is_valid(subject))
		return NULL;
	if (!subject->used)
		subject->used = true;
	/* Only the subject tells whether one of its assignments has expired. */
	entry->checked = subject->valid_until == DT_NOEND ? subject->validity.checked : 0;
	return subject;
}

/*
 * The serial number of a valid subject, from its element of the hash table
 * alone; 0 if the caller must find the subject itself.  This does not count as
 * a use: an eviction raises the generation, so that the next call finds the
 * subject itself, which does.
 */
uint64
authz_subject_cache_find_serial(const char *name, int len, uint32 hash)
{
	uint32		at;

	if (subject_table == NULL || len == 0)
		return 0;
	for (at = hash & subject_table->sizemask;; at = (at + 1) & subject_table->sizemask)
	{
		const SubjectEntry *entry = &subject_table->data[at];

		if (entry->status == 0)
			return 0;
		if (entry->hash != hash)
			continue;
		if (entry->name_len == len && memcmp(entry->name, name, len) == 0 &&
			entry->checked == authz_generation)
			return entry->serial;
		return 0;
	}
}

/*
 * Add a subject with its assignments, replacing its entry if it has one; the
 * caller fills in the expiry.
 */
AuthzSubject *
authz_subject_cache_add(const char *name, int len, uint64 built, const Oid *keys, int nkeys,
						const AuthzAssignedSets *assigned, uint32 nassigned)
{
	MemoryContext context = authz_cache_memory();
	AuthzSubject *subject;
	AuthzSubject probe;
	SubjectEntry *entry;
	Size		size;
	Size		name_offset;
	Size		keys_offset;
	uint32		grants_size = 4;
	char	   *chunk;
	char	   *start;

	probe.name = (char *) name;
	probe.name_len = len;
	probe.hash = authz_subject_cache_hash_name(name, len);
	entry = subject_table_lookup(subject_table, &probe);
	if (entry != NULL)
	{
		authz_validity_bump_epoch();	/* callers may keep pointers to it */
		free_subject(entry->object);
	}

	while (grants_size < nassigned + nassigned / 4 + 1)
		grants_size *= 2;

	keys_offset = offsetof(AuthzSubject, grants) + grants_size * sizeof(AuthzGrant);
	name_offset = keys_offset + nkeys * sizeof(Oid);
	size = name_offset + (len > sizeof(subject->short_name) ? len : 0);
	chunk = MemoryContextAllocExtended(context, size + CACHE_LINE,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	start = (char *) TYPEALIGN(CACHE_LINE, chunk + HOT_OFFSET) - HOT_OFFSET;
	subject = (AuthzSubject *) start;
	subject->chunk = chunk;
	subject->name = len > sizeof(subject->short_name) ? start + name_offset : subject->short_name;
	memcpy(subject->name, name, len);
	subject->name_len = len;
	subject->hash = probe.hash;
	subject->grants_mask = grants_size - 1;
	authz_validity_set(&subject->validity, built, (Oid *) (start + keys_offset), keys, nkeys);
	subject->valid_until = DT_NOEND;
	subject->serial = ++last_serial;
	subject->used = true;
	for (uint32 i = 0; i < nassigned; i++)
		add_grant(subject, &assigned[i]);

	entry = enter_subject(subject);
	entry->checked = 0;
	entry->serial = subject->serial;
	entry->name_len = len <= SHORT_NAME ? len : 0;
	memcpy(entry->name, name, entry->name_len);
	account_chunk(subject, chunk, 1);
	count++;
	dlist_push_head(&subjects, &subject->link);
	return subject;
}

/*
 * Insert a subject that has no entry.  After an error there is no table: it is
 * read without authz_cache_begin().
 */
static SubjectEntry *
enter_subject(AuthzSubject *subject)
{
	subject_table_hash *table = subject_table;
	SubjectEntry *entry;
	bool		found;

	subject_table = NULL;
	authz_cache_may_grow();
	entry = subject_table_insert(table, subject, &found);
	authz_cache_has_grown();
	subject_table = table;
	return entry;
}

/*
 * Unite the sets of an assignment with what the subject has on the resource.
 */
static void
add_grant(AuthzSubject *subject, const AuthzAssignedSets *assigned)
{
	AuthzGrant *grant = &subject->grants[authz_subject_cache_grant_slot(subject, assigned->resource_id)];

	/* In a free slot both are the empty set. */
	grant->resource_id = assigned->resource_id;
	grant->effective = authz_role_cache_unite_sets(grant->effective, assigned->effective);
	grant->including_planned = authz_role_cache_unite_sets(grant->including_planned, assigned->including_planned);
}

/* Keep a list, made in authz_cache_memory() as one chunk, with its subject. */
void
authz_subject_cache_keep_list(AuthzSubject *subject, AuthzPermittedIds *list)
{
	AuthzPermittedIds **link = &subject->lists;

	while (*link != NULL)
	{
		AuthzPermittedIds *old = *link;

		if (old->permission == list->permission)
		{
			*link = old->next;
			account_chunk(subject, old, -1);
			pfree(old);
			break;
		}
		link = &old->next;
	}
	list->next = subject->lists;
	subject->lists = list;
	account_chunk(subject, list, 1);
}
