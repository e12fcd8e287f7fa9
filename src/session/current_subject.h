/*
 * current_subject.h
 *	  The current subject, as the settings name it.  See current_subject.c;
 *	  other modules get it from authz_caller_subject().
 */
#ifndef AUTHZ_CURRENT_SUBJECT_H
#define AUTHZ_CURRENT_SUBJECT_H

/*
 * Can the current subject change without an assignment to one of our settings?
 */
extern bool authz_current_subject_varies;

extern void authz_current_subject_init(void);
extern void authz_current_subject_reset(void);

/* NULL if the text can be a source, else what is wrong. */
extern const char *authz_current_subject_validate_source(const char *source);

/*
 * The current subject in canonical form, for a database role; false if it is
 * nobody.  Raises no error.
 */
extern bool authz_current_subject_read(Oid role, const char **name, int *len);

/*
 * Note that answers are about this subject now: those about another one become
 * invalid.
 */
extern void authz_current_subject_note_use(const char *name, int len);

#endif							/* AUTHZ_CURRENT_SUBJECT_H */
