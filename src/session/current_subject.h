/*
 * current_subject.h
 *	  The current subject, as the settings name it.  See current_subject.c; whoever asks
 *	  for it calls authz_caller_subject().
 */
#ifndef AUTHZ_CURRENT_SUBJECT_H
#define AUTHZ_CURRENT_SUBJECT_H

/* Can the current subject change without a setting of ours being assigned? */
extern bool authz_subject_varies;

extern void authz_subject_init(void);
extern void authz_subject_changed(void);

/* NULL if it can be a source, else what is wrong. */
extern const char *authz_subject_check_source(const char *source);

/* In canonical form, for a database role; false: nobody.  Raises no error. */
extern bool authz_subject_of_source(Oid role, const char **name, int *len);

/* Answers are about this subject now: what was kept of another one's is not for it. */
extern void authz_subject_asked(const char *name, int len);

#endif							/* AUTHZ_CURRENT_SUBJECT_H */
