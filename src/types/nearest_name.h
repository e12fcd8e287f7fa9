/*
 * nearest_name.h
 *	  The name that was meant.  See nearest_name.c.
 */
#ifndef AUTHZ_NEAREST_NAME_H
#define AUTHZ_NEAREST_NAME_H

typedef struct AuthzNearest
{
	const char *name;
	int			len;
	int			limit;			/* greatest distance that counts */
	char	   *nearest;		/* NULL: none so far */
} AuthzNearest;

extern void authz_nearest_begin(AuthzNearest *nearest, const char *name, int len);
extern void authz_nearest_consider(AuthzNearest *nearest, const char *other, int len);

#endif							/* AUTHZ_NEAREST_NAME_H */
