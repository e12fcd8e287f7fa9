/*
 * nearest_name.h
 *	  The most similar of several names.  See nearest_name.c.
 */
#ifndef AUTHZ_NEAREST_NAME_H
#define AUTHZ_NEAREST_NAME_H

typedef struct AuthzNearestName
{
	const char *name;
	int			len;
	int			limit;			/* greatest distance that still replaces
								 * nearest */
	char	   *nearest;		/* NULL: none so far */
} AuthzNearestName;

extern void authz_nearest_name_begin(AuthzNearestName *nearest, const char *name, int len);
extern void authz_nearest_name_consider(AuthzNearestName *nearest, const char *other, int len);

#endif							/* AUTHZ_NEAREST_NAME_H */
