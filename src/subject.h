/*
 * subject.h
 *	  Who asks: the current subject, and the database role behind it.
 */
#ifndef AUTHZ_SUBJECT_H
#define AUTHZ_SUBJECT_H

/* Can the current subject change without a setting of ours being assigned? */
extern bool authz_subject_varies;

extern void authz_subject_init(void);
extern void authz_subject_changed(void);
extern const char *authz_subject_check_source(const char *source);

/*
 * The current subject in canonical form; false: nobody.  Raises no error.
 * Moves the generation when the subject is another than at the last call.
 */
extern bool authz_subject_current(const char **name, int *len);

/* May the outer database role write every table of the model? */
extern bool authz_subject_is_administrator(void);

#endif							/* AUTHZ_SUBJECT_H */
