/*
 * grammar.h
 *	  The grammar of permission names and of references to subjects and
 *	  resources, as pure functions over bytes.
 */
#ifndef AUTHZ_GRAMMAR_H
#define AUTHZ_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

/* Greatest lengths of well-formed values, in bytes. */
#define AUTHZ_PERMISSION_MAX	255
#define AUTHZ_TYPE_MAX			63
#define AUTHZ_SOURCE_MAX		63
#define AUTHZ_ID_MAX			255
#define AUTHZ_RESOURCE_MAX		(AUTHZ_TYPE_MAX + 1 + AUTHZ_ID_MAX)
#define AUTHZ_SUBJECT_MAX		(AUTHZ_RESOURCE_MAX + (sizeof("#member") - 1))

/* The subject that stands for everybody. */
#define AUTHZ_EVERYONE_NAME		"user:*"

typedef enum AuthzSubjectKind
{
	AUTHZ_USER,					/* user:ID */
	AUTHZ_EVERYONE,				/* user:* */
	AUTHZ_TEAM,					/* team:ID */
	AUTHZ_SERVICE_ACCOUNT,		/* service_account:ID */
	AUTHZ_MEMBERS				/* TYPE:ID#member */
} AuthzSubjectKind;

/* Each returns NULL if the bytes are well-formed, else what is wrong. */
extern const char *authz_grammar_validate_permission(const char *str, size_t len);
extern const char *authz_grammar_validate_type(const char *str, size_t len);
extern const char *authz_grammar_validate_source(const char *str, size_t len);
extern const char *authz_grammar_validate_resource(const char *str, size_t len, size_t *type_len);
extern const char *authz_grammar_validate_subject(const char *str, size_t len, AuthzSubjectKind *kind, bool *bare);
extern const char *authz_grammar_validate_user_id(const char *str, size_t len);

/* The kind of a subject in canonical form. */
extern AuthzSubjectKind authz_grammar_subject_kind(const char *str, size_t len);

#endif							/* AUTHZ_GRAMMAR_H */
