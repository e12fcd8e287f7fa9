/*
 * nearest_name.h
 *	  The most similar of several names.  See nearest_name.c.
 */
#ifndef AUTHZ_NEAREST_NAME_H
#define AUTHZ_NEAREST_NAME_H

/* Longer names are not compared. */
#define AUTHZ_NEAREST_NAME_MAX	255

typedef struct AuthzNearestName
{
	const char *name;
	int			len;
	char		folded[AUTHZ_NEAREST_NAME_MAX];	/* name, folded */
	int			limit;			/* greatest distance of folded names that is
								 * still similar enough; -1: none is */
	int			distance;		/* of nearest, as both are written */
	char	   *nearest;		/* NULL: none so far */
} AuthzNearestName;

extern void authz_nearest_name_begin(AuthzNearestName *nearest, const char *name, int len);
extern void authz_nearest_name_consider(AuthzNearestName *nearest, const char *other, int len);

#endif							/* AUTHZ_NEAREST_NAME_H */
