/*
 * caller.h
 *	  Who calls: the database role, the subject and the powers that count for all
 *	  that a call does.  See caller.c.
 */
#ifndef AUTHZ_CALLER_H
#define AUTHZ_CALLER_H

/* What to return to at the end of a call, or of what joined one. */
typedef struct AuthzIdentity
{
	Oid			user;
	int			sec_context;
	bool		entered;		/* a call of its own, to be left */
} AuthzIdentity;

extern void authz_caller_init(void);

/* An error within a security-restricted operation, to everybody. */
extern void authz_caller_refuse_restricted(const char *function);

/*
 * Entry point of a management function: from here to authz_caller_leave() it runs
 * as role, and the caller of now counts.
 */
extern void authz_caller_enter(Oid role, AuthzIdentity *saved);

/* The same for a trigger: it belongs to the call that goes on, or begins one. */
extern void authz_caller_join(Oid role, AuthzIdentity *saved);

/* Within a call: as its caller again, until authz_caller_leave(). */
extern void authz_caller_resume(AuthzIdentity *saved);

extern void authz_caller_leave(const AuthzIdentity *saved);

/* Has the current call said (by authz_internal.write_states) that it writes states, not changes? */
extern bool authz_caller_writes_states(void);

/* The database role that calls. */
extern Oid	authz_caller_role(void);

/*
 * The current subject in canonical form; false: nobody.  Raises no error.  Moves
 * the generation of the cache when the subject is another than at the last call.
 */
extern bool authz_caller_subject(const char **name, int *len);

/* May the caller write every table of the model, and is that to count? */
extern bool authz_caller_is_administrator(void);

/* May the role write every table of the model? */
extern bool authz_role_is_administrator(Oid role);

/* An error unless the current user is one; for internal functions that write as the owner. */
extern void authz_require_administrator(const char *function);

#endif							/* AUTHZ_CALLER_H */
