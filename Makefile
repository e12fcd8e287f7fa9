# authz: build, install, demo, test, bench.  `make help` lists the targets.
#
# The parts of the install script and the regression tests are ordered lists:
# a part may use only what the parts before it made.

EXTENSION  = authz
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" authz.control)

MODULE_big = authz
OBJS = \
	src/authz.o \
	src/settings.o \
	src/name.o \
	src/permission.o \
	src/permission_set.o \
	src/reference.o \
	src/catalog.o \
	src/cache.o \
	src/resolve.o \
	src/subject.o \
	src/check.o

INSTALL_SQL = \
	src/sql/schema.sql \
	src/sql/permission.sql \
	src/sql/permission_set.sql \
	src/sql/reference.sql \
	src/sql/tables.sql \
	src/sql/cache.sql \
	src/sql/check.sql

DATA_built = authz--$(EXTVERSION).sql

REGRESS = install
REGRESS_OPTS = --load-extension=authz
ISOLATION = $(notdir $(basename $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --load-extension=authz --inputdir=test/isolation

EXTRA_CLEAN = authz--*.sql build stage results output_iso

# The targets that set the machine up must run before PostgreSQL's own build
# files are there, so they are found without pg_config.
SETUP_TARGETS = help demo test test-long bench setup
ifneq ($(filter-out $(SETUP_TARGETS),$(or $(MAKECMDGOALS),all)),)
PG_CONFIG ?= pg_config
PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = $(AUTHZ_CFLAGS)
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
# PGXS tracks no header dependencies: every object depends on every header.
$(OBJS): $(wildcard src/*.h)
endif

authz--$(EXTVERSION).sql: $(INSTALL_SQL) authz.control
	cat $(INSTALL_SQL) > $@
