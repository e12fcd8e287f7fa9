/*
 * caller.h
 *	  The caller of a management function or trigger: database role, subject
 *	  and powers.  See caller.c.
 */
#ifndef AUTHZ_CALLER_H
#define AUTHZ_CALLER_H

/* What to restore at the end of a call, or of a trigger that joined one. */
typedef struct AuthzIdentity
{
	Oid			user;
	int			sec_context;
	bool		entered;		/* a call was pushed and is to be popped */
} AuthzIdentity;

extern void authz_caller_init(void);

/* An error within a security-restricted operation, whoever the caller is. */
extern void authz_caller_refuse_restricted(const char *function);

/*
 * Begins a call, at the entry point of a management function: until
 * authz_caller_leave() the function runs as role, and its present user is the
 * caller.
 */
extern void authz_caller_enter(Oid role, AuthzIdentity *saved);

/* The same for a trigger: it joins the current call, or begins one. */
extern void authz_caller_join(Oid role, AuthzIdentity *saved);

/* Within a call: switches back to its caller, until authz_caller_leave(). */
extern void authz_caller_resume(AuthzIdentity *saved);

extern void authz_caller_leave(const AuthzIdentity *saved);

/*
 * Has the current call declared (by authz_internal.write_states) that it
 * writes states, not changes?
 */
extern bool authz_caller_writes_states(void);

/* The caller's database role. */
extern Oid	authz_caller_role(void);

/*
 * The current subject in canonical form; false if it is nobody.  Raises no
 * error.  Bumps the epoch of the cache when the subject is not that of the
 * last call.
 */
extern bool authz_caller_subject(const char **name, int *len);

/*
 * May the caller write every table of the model, and does authz.administrator
 * allow that?
 */
extern bool authz_caller_is_administrator(void);

/* May the role write every table of the model? */
extern bool authz_caller_is_role_administrator(Oid role);

/*
 * An error unless the current user is an administrator; for internal functions
 * that write as the owner.
 */
extern void authz_caller_require_administrator(const char *function);

#endif							/* AUTHZ_CALLER_H */
