/*
 * audit_log.h
 *	  Writes authz.audit_log.  See audit_log.c.
 */
#ifndef AUTHZ_AUDIT_LOG_H
#define AUTHZ_AUDIT_LOG_H

#include "utils/jsonb.h"

typedef struct AuthzAuditLogWriter AuthzAuditLogWriter;

/*
 * Entries of one statement: begin, any number of appends, end.  object,
 * old_row and new_row live until the next call at least, in the memory context
 * that authz_audit_log_entry_context() returns; old_row or new_row may be
 * NULL.
 */
extern AuthzAuditLogWriter *authz_audit_log_begin(void);
extern MemoryContext authz_audit_log_entry_context(AuthzAuditLogWriter *writer);
extern void authz_audit_log_append(AuthzAuditLogWriter *writer, const char *event, text *object,
								   Jsonb *old_row, Jsonb *new_row);
extern void authz_audit_log_end(AuthzAuditLogWriter *writer);

#endif							/* AUTHZ_AUDIT_LOG_H */
