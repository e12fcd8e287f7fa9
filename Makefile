# authz: build, install, demo, test, bench.  `make help` lists the targets.
#
# The parts of the install script are an ordered list: a part may use only what
# the parts before it made.

EXTENSION  = authz
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" authz.control)

MODULE_big = authz
OBJS = \
	src/authz.o \
	src/types/grammar.o \
	src/types/name_problems.o \
	src/types/nearest_name.o \
	src/types/permission.o \
	src/types/permission_set.o \
	src/types/references.o \
	src/types/resource_id.o \
	src/types/role_name.o \
	src/types/role_names.o \
	src/types/type_ops.o \
	src/tables/closures.o \
	src/tables/id_list.o \
	src/tables/principals.o \
	src/tables/rows.o \
	src/tables/statement_rows.o \
	src/tables/tables.o \
	src/session/caller.o \
	src/session/current_subject.o \
	src/session/json_claim.o \
	src/session/settings.o \
	src/rules/assignment_rules.o \
	src/rules/cascade.o \
	src/rules/holder_triggers.o \
	src/rules/lock.o \
	src/rules/moves.o \
	src/rules/role_triggers.o \
	src/rules/rule_query.o \
	src/rules/rule_triggers.o \
	src/rules/trigger_call.o \
	src/cache/announce.o \
	src/cache/cache.o \
	src/cache/decision_cache.o \
	src/cache/load.o \
	src/cache/plan_marks.o \
	src/cache/resource_cache.o \
	src/cache/role_cache.o \
	src/cache/strict_lock.o \
	src/cache/subject_cache.o \
	src/cache/validity.o \
	src/sync/follower.o \
	src/sync/restore.o \
	src/sync/track.o \
	src/sync/tracked_parent.o \
	src/sync/tracked_statement.o \
	src/sync/tracked_table.o \
	src/sync/tracked_waiting.o \
	src/sync/tracked_write.o \
	src/admin/entry_point.o \
	src/admin/grant.o \
	src/decision/has_permission.o \
	src/decision/permitted_ids.o \
	src/decision/resolve.o \
	src/decision/role_ways.o \
	src/audit/audit.o \
	src/audit/audit_log.o \
	src/planner/index_paths.o \
	src/planner/named_permissions.o \
	src/planner/support.o

INSTALL_SQL = \
	src/sql/schema.sql \
	src/sql/permission.sql \
	src/sql/permission_set.sql \
	src/sql/reference.sql \
	src/sql/role_names.sql \
	src/sql/tables.sql \
	src/sql/cache.sql \
	src/sql/role_rules.sql \
	src/sql/holder_rules.sql \
	src/sql/guard.sql \
	src/sql/planner.sql \
	src/sql/check.sql \
	src/sql/delegation.sql \
	src/sql/lookup.sql \
	src/sql/admin.sql \
	src/sql/role.sql \
	src/sql/protect.sql \
	build/catalogs.sql \
	src/sql/document.sql \
	src/sql/apply.sql \
	src/sql/track.sql \
	src/sql/audit.sql \
	src/sql/explain.sql \
	src/sql/lists.sql \
	src/sql/overloads.sql \
	src/sql/restore.sql

CATALOGS = \
	src/catalogs/github.json \
	src/catalogs/semaphore.json

DATA_built = authz--$(EXTVERSION).sql
# Released versions and the ways from one to the next; this version is built.
DATA = $(filter-out %/authz--$(EXTVERSION).sql,$(wildcard src/sql/released/authz--*.sql))

# For `make installcheck`.  Each begins with sql/include/fresh.sql, so that none depends on another.
REGRESS = \
	install \
	contract \
	permission \
	permission_set \
	reference \
	planner \
	planner_random \
	checked_rows \
	protect \
	check \
	many_ids \
	never_stale \
	memory \
	admin \
	delegation \
	delegation_random \
	github \
	semaphore \
	audit \
	explain \
	lists \
	capture \
	callers \
	hostile \
	names \
	role_names \
	overloads \
	oracles \
	track \
	tracked_rows \
	tracked_moves \
	tracked_ids \
	tracked_nested \
	tracked_collations \
	tracked_edges \
	tracked_trees \
	tracked_trees_random \
	tracked_random \
	apply \
	apply_errors \
	export \
	catalog_github \
	catalog_semaphore \
	model_gitlab \
	model_keystone \
	model_kubernetes \
	model_mattermost \
	model_openmrs \
	model_sentry \
	role_rules \
	trees \
	holder_rules \
	cascade \
	cascade_many \
	uninstall
# A server has no prepared transactions unless it is told to: test/run has cache_two_phase, too.
ISOLATION = $(filter-out cache_two_phase,$(notdir $(basename $(wildcard test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=authz
ENCODING = UTF8
NO_LOCALE = 1

EXTRA_CLEAN = authz--*.sql build stage

# Warnings are errors in `make warnings` (a part of `make test`) only: a
# compiler that knows new ones must not keep anybody from building.  The
# exceptions are what PostgreSQL's own headers need.
WARNINGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare

# The targets that set the machine up must run before PostgreSQL's own build
# files are there, so they are found without pg_config.
SETUP_TARGETS = help setup demo shell test test-long bench
PG_CONFIG ?= pg_config
ifneq ($(filter-out $(SETUP_TARGETS),$(or $(MAKECMDGOALS),all)),)
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error PostgreSQL's build files are not installed; on Debian, `make setup` installs them)
endif
ifeq ($(wildcard $(shell $(PG_CONFIG) --includedir-server)/postgres.h),)
$(error PostgreSQL's headers are not installed; on Debian, `make setup` installs them)
endif
ifneq ($(filter $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'),8 9 10 11 12 13 14),)
$(error $(PG_CONFIG) is of $(shell $(PG_CONFIG) --version); authz is for PostgreSQL 15 to 18)
endif
PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = $(WARNINGS) $(AUTHZ_CFLAGS)
include $(PGXS)
# PGXS tracks no header dependencies: every object depends on every header.
HEADERS := $(wildcard src/*.h src/*/*.h)
$(OBJS) $(OBJS:.o=.bc): $(HEADERS)
endif

authz--$(EXTVERSION).sql: $(INSTALL_SQL) authz.control Makefile
	cat $(INSTALL_SQL) > $@

build/catalogs.sql: $(CATALOGS) tools/catalogs_sql
	@mkdir -p $(@D)
	tools/catalogs_sql $(CATALOGS) > $@

# Every file under gcc and, where it is installed, clang; kept from run to run.
STRICT = $(WARNINGS) -Werror -O2 -fPIC $(PG_CPPFLAGS) $(CPPFLAGS)
build/gcc/%.o: src/%.c $(HEADERS)
	@mkdir -p $(@D)
	gcc $(STRICT) -c $< -o $@
build/clang/%.o: src/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(STRICT) -Wno-ignored-attributes -c $< -o $@
.PHONY: warnings
warnings: $(OBJS:src/%=build/gcc/%) $(if $(shell command -v $(CLANG)),$(OBJS:src/%=build/clang/%))

.PHONY: help setup demo shell test test-long bench
help:
	@echo 'make               build the extension'
	@echo 'make install       install it (DESTDIR=, PG_CONFIG=)'
	@echo 'make demo          a short tour in a throw-away cluster'
	@echo 'make shell         psql in a throw-away cluster with both catalogs'
	@echo 'make test          all tests in a throw-away cluster; test/run -h says how to run some'
	@echo 'make test-long     the tests that take long: random models, fuzzing, other majors, assertions, valgrind'
	@echo 'make bench         measurements; SHORT=1 for a look in a minute, RECORD=1 to write them to doc/'
	@echo 'make installcheck  regression tests against an installed extension and a running server'
	@echo 'make setup         install the Debian packages that all of these need'

setup:
	@tools/setup
demo: setup
	@demo/run
shell: setup
	@tools/shell
test: setup
	@test/run
test-long:
	@tools/setup long
	@test/long
bench:
	@tools/setup bench
	@test/bench/run

# What was compiled for one PostgreSQL is of no use to another.
.PHONY: clean-objects
clean-objects:
	rm -f $(OBJS) $(OBJS:.o=.bc) authz.so
