/*
 * audit_log.h
 *		Writing authz.audit_log.  See audit_log.c.
 */
#ifndef AUTHZ_AUDIT_LOG_H
#define AUTHZ_AUDIT_LOG_H

#include "utils/jsonb.h"

typedef struct AuthzLogWriter AuthzLogWriter;

/*
 * Entries of one statement: begin, any number of appends, end.  object, old and
 * new live until the next call at least in the context that
 * authz_log_entry_context() gives; old or new may be NULL.
 */
extern AuthzLogWriter *authz_log_begin(void);
extern MemoryContext authz_log_entry_context(AuthzLogWriter *writer);
extern void authz_log_append(AuthzLogWriter *writer, const char *event, text *object,
							 Jsonb *old, Jsonb *new);
extern void authz_log_end(AuthzLogWriter *writer);

#endif							/* AUTHZ_AUDIT_LOG_H */
