/*
 * settings.h
 *	  The settings authz.*: see settings.c for what each means.
 */
#ifndef AUTHZ_SETTINGS_H
#define AUTHZ_SETTINGS_H

extern char *authz_setting_subject; /* authz.subject */
extern char *authz_setting_subject_source;	/* authz.subject_source */
extern int	authz_setting_cache_size;	/* authz.cache_size, in kB */
extern bool authz_setting_strict;	/* authz.strict */
extern bool authz_setting_administrator;	/* authz.administrator */
extern double authz_setting_index_threshold;	/* authz.index_threshold, 0 to
												 * 1 */

extern void authz_settings_init(void);

#endif							/* AUTHZ_SETTINGS_H */
