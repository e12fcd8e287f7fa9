# A random model, and random changes to it, as SQL statements.
#
# The names that a round uses are drawn once; whether they exist at a moment is
# the database's business: a statement about something that is not there
# changes nothing, one that breaks a rule is refused, and the oracle reads the
# tables.  All randomness comes from Perl's rand(), seeded by the caller.
package Oracle::Model;

use strict;
use warnings;

my %ID_POOL = (
	int8 => [qw(0 1 2 7 42 -1 -7 255 32767 32768 -32768 2147483647 2147483648 4294967297 9223372036854775807 -9223372036854775808)],
	uuid => [
		qw(00000000-0000-0000-0000-000000000000 00000000-0000-0000-0000-000000000001 a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
		  ffffffff-ffff-ffff-ffff-ffffffffffff b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11)
	],
	# Look-alikes of integers and uuids are names of their own.
	text => [
		qw(a A b 1 01 +1 -0 007 0 1.0 9223372036854775808 A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11
		  a0eebc999c0b4ef8bb6d6bb9bd380a11 a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 x:y 7:member), "two words", "\x{e9}t\x{e9}"
	],
);

# Not resources at all: the answer is no, never an error.
my @MALFORMED_IDS = ('', '*', ' 1', '1 ', 'x#member');

my @USERS = qw(user:alice user:bob user:Alice user:carol service_account:ci service_account:alice);
my @TEAMS = qw(team:eng team:ops team:web team:alice);
my @SOURCES = qw(manual github okta);

sub new
{
	my ($class, %args) = @_;
	my $self = bless { functions => $args{functions} || {} }, $class;

	$self->_draw_types;
	$self->_draw_permissions;
	$self->_draw_resources;
	$self->_draw_subjects;
	$self->_draw_roles;
	return $self;
}

# --- Randomness ---------------------------------------------------------------

sub chance { return rand() < $_[0] }
sub one_of { return $_[ int(rand(scalar @_)) ] }

sub some_of
{
	my ($n, @list) = @_;
	my @picked;

	push @picked, splice(@list, int(rand(scalar @list)), 1) while $n-- > 0 && @list;
	return @picked;
}

sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)) }

# --- The names of the round ---------------------------------------------------

sub _draw_types
{
	my ($self) = @_;
	my $depth = one_of(1, 2, 3, 3, 4, 4);
	my @level = ($self->_type('org', [], 1));
	my $n = 0;

	for (2 .. $depth)
	{
		my @next;
		push @next, $self->_type('t' . ++$n, [ one_of(@level)->{name} ], chance(0.15)) for 1 .. between(1, 2);
		@level = @next;
	}
	$self->_type('other-1', [], chance(0.3)) if chance(0.3);

	# Types that nest in themselves, have several parents, or form cycles.
	for my $type (@{ $self->{types} })
	{
		my @more = map { $_->{name} } chance(0.25) ? one_of(@{ $self->{types} }) : ();
		push @more, $type->{name} if chance(0.3);
		my %there = map { $_ => 1 } @{ $type->{parents} };
		push @{ $type->{parents} }, grep { !$there{$_}++ } @more;
	}
}

sub _type
{
	my ($self, $name, $parents, $has_members) = @_;
	my $type = {
		name => $name,
		parents => $parents,
		max_inherits => one_of(1, 1, 2, 3),
		has_members => $has_members,
		roles_for => chance(0.3) && $has_members ? 'members' : 'anyone',
		exclusive_roles => chance(0.25),
		kind => one_of(qw(int8 int8 uuid text text)),
	};

	push @{ $self->{types} }, $type;
	$self->{type}{$name} = $type;
	return $type;
}

# The type and its ancestors, and the other way round.
sub _up
{
	my ($self, $name) = @_;
	my @names = ($name);
	my %seen = ($name => 1);

	for (my $i = 0; $i < @names; $i++)
	{
		push @names, grep { !$seen{$_}++ } @{ $self->{type}{ $names[$i] }{parents} };
	}
	return @names;
}

sub _below
{
	my ($self, $name) = @_;
	return grep { my $t = $_; $t ne $name && grep { $_ eq $name } $self->_up($t) } map { $_->{name} } @{ $self->{types} };
}

sub _draw_permissions
{
	my ($self) = @_;

	for my $type (map { $_->{name} } @{ $self->{types} })
	{
		(my $label = $type) =~ s/-1$//;
		my @names = ("$label.view", "$label.edit", "$label:edit", "$label.job.stop", "$label.vie", "$label.view.x");
		# Differing only in case, only in a separator; the longest there can be.
		push @names, "$label.View", uc("$label.view"), "$label/view", "Microsoft.$label/views/read", "$label/" . 'N' x (254 - length $label) if chance(0.5);
		for my $name (some_of(between(2, 4), @names))
		{
			push @{ $self->{permissions} }, { name => $name, type => $type };
			$self->{permission_type}{$name} = $type;
		}
	}
}

sub _draw_resources
{
	my ($self) = @_;

	for my $type (@{ $self->{types} })
	{
		$type->{resources} = [ map { "$type->{name}:$_" } some_of($type->{name} =~ /^t/ ? between(2, 4) : between(1, 2), @{ $ID_POOL{ $type->{kind} } }) ];
		push @{ $self->{resources} }, @{ $type->{resources} };
	}
}

sub _draw_subjects
{
	my ($self) = @_;

	$self->{users} = [ some_of(between(3, 5), @USERS) ];
	$self->{teams} = [ some_of(between(2, 4), @TEAMS) ];
	$self->{groups} = [ map { "$_#member" } map { @{ $_->{resources} } } grep { $_->{has_members} } @{ $self->{types} } ];
	$self->{everyone} = chance(0.7);
	# Where teams live.
	$self->{organizations} = [ map { @{ $_->{resources} } } grep { $_->{has_members} } @{ $self->{types} } ];
}

sub _draw_roles
{
	my ($self) = @_;

	for my $type (map { $_->{name} } @{ $self->{types} })
	{
		push @{ $self->{roles} }, { name => "r$_", type => $type, owner => undef } for 1 .. between(2, 3);
		my @owners = grep { my ($of) = split /:/, $_; grep { $_ eq $of } $self->_up($type) } @{ $self->{organizations} };
		next if !@owners;
		push @{ $self->{roles} }, { name => "c$_", type => $type, owner => one_of(@owners) } for 1 .. between(0, 3);
	}
}

# --- The questions of the round -----------------------------------------------

sub questions
{
	my ($self) = @_;
	my @subjects = (@{ $self->{users} }, @{ $self->{teams} }, some_of(2, @{ $self->{groups} }), 'user:*',
		one_of('user:stranger', 'team:ghost', 'service_account:x', 'org:404#member'));
	my @permissions = ((map { $_->{name} } @{ $self->{permissions} }), 'no.such');
	my %ids;
	my ($n, @sql);

	$ids{ (split /:/, $_, 2)[1] } = 1 for @{ $self->{resources} };
	my @ids = sort keys %ids;
	my @resources = (some_of(8, @{ $self->{resources} }), 'org:404', 'no_type:1');

	# With the ids of its type, some of other types, and what is no id at all.
	my %ids_for;
	for my $permission (@permissions)
	{
		my $type = $self->{permission_type}{$permission};
		my %wanted = map { $_ => 1 } ($type ? map { (split /:/, $_, 2)[1] } @{ $self->{type}{$type}{resources} } : ()),
		  some_of(2, @ids), one_of('404', @MALFORMED_IDS);
		$ids_for{$permission} = [ sort keys %wanted ];
	}

	# Nobody's come last, so that positions of the others are their numbers.
	my @rows;
	for my $subject (@subjects, undef)
	{
		for my $permission (@permissions)
		{
			push @rows, [ $subject, $permission, $_ ] for @{ $ids_for{$permission} };
		}
	}
	$n = 0;
	push @sql, 'INSERT INTO oracle.checks VALUES '
	  . join(', ', map { sprintf('(%d, %s, %s, %s, %s, %s)', ++$n, quote($_->[0]), quote($_->[1]), quote($_->[2]), quote($_->[2]), typed_ids($_->[2])) } @rows);

	$n = 0;
	push @sql, 'INSERT INTO oracle.lists VALUES ' . join(', ', map {
		my $subject = $_;
		map {
			my @list = some_of(between(1, 4), @permissions);
			my $id = one_of(@{ $ids_for{ $list[0] } });
			sprintf('(%d, %s, %s, %s, %s)', ++$n, quote($subject), 'ARRAY[' . join(', ', map { quote($_) } @list) . ']::text[]', quote($id), int8_of($id));
		} 1 .. 8;
	} @subjects, undef);

	$n = 0;
	push @sql, 'INSERT INTO oracle.places VALUES ' . join(', ', map {
		my $subject = $_;
		map { sprintf('(%d, %s, %s)', ++$n, quote($subject), quote($_)) } @resources;
	} @subjects, undef);

	$n = 0;
	push @sql, 'INSERT INTO oracle.searches VALUES ' . join(', ', map {
		my $subject = $_;
		map {
			my $type = $self->{permission_type}{$_};
			sprintf('(%d, %s, %s, %s)', ++$n, quote($subject), quote($_), quote($type ? $self->{type}{$type}{kind} : 'text'));
		} @permissions;
	} @subjects, undef);

	$n = 0;
	push @sql, 'INSERT INTO oracle.holders VALUES ' . join(', ', map {
		my $permission = $_;
		map { sprintf('(%d, %s, %s)', ++$n, quote($permission), quote($_)) } @resources;
	} @permissions);

	for my $kind (qw(int8 uuid text))
	{
		my %pool = map { (split /:/, $_, 2)[1] => 1 } map { @{ $_->{resources} } } grep { $_->{kind} eq $kind } @{ $self->{types} };
		next if !%pool;
		push @sql, "INSERT INTO oracle.rows_$kind VALUES " . join(', ', map { '(' . quote($_) . ')' } sort(keys %pool));
	}
	return @sql;
}

sub quote
{
	my ($text) = @_;
	return 'NULL' if !defined $text;
	$text =~ s/'/''/g;
	return "'$text'";
}

# The id as int2, int4, int8 and uuid, where the type's output is the id again.
sub typed_ids
{
	my ($id) = @_;
	my $int = int8_of($id);
	my $is_uuid = $id =~ /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

	return join(', ',
		$int ne 'NULL' && length($id) < 7 && $id >= -32768 && $id <= 32767 ? $int : 'NULL',
		$int ne 'NULL' && length($id) < 12 && $id >= -2147483648 && $id <= 2147483647 ? $int : 'NULL',
		$int, $is_uuid ? quote($id) : 'NULL');
}

sub int8_of
{
	my ($id) = @_;
	return $id =~ /^(?:0|-?[1-9]\d*)$/ && $id ne '9223372036854775808' ? "'$id'" : 'NULL';
}

# --- The first model ----------------------------------------------------------

# Statements, each to be tried on its own: some may break a rule.
sub initial
{
	my ($self) = @_;
	my @sql;

	for my $type (@{ $self->{types} })
	{
		push @sql, sprintf('INSERT INTO authz.resource_types (name, has_members, roles_for, exclusive_roles, max_inherits) VALUES (%s, %s, %s, %s, %d)',
			quote($type->{name}), map({ $_ ? 'true' : 'false' } $type->{has_members}),
			quote($type->{roles_for}), $type->{exclusive_roles} ? 'true' : 'false', $type->{max_inherits});
	}
	# A parent type must be there.
	for my $type (grep { @{ $_->{parents} } } @{ $self->{types} })
	{
		my ($parent, @others) = @{ $type->{parents} };
		push @sql, sprintf('UPDATE authz.resource_types SET parent = %s, other_parents = %s WHERE name = %s',
			quote($parent), @others ? quote('{' . join(',', @others) . '}') : 'NULL', quote($type->{name}));
	}
	push @sql, map { $self->insert_permission($_) } grep { chance(0.9) } @{ $self->{permissions} };
	for my $type (@{ $self->{types} })
	{
		push @sql, sprintf('UPDATE authz.permissions SET is_default = true WHERE name = (SELECT max(name::text)::authz.permission FROM authz.permissions WHERE resource_type = %s)', quote($type->{name}))
		  if chance(0.4);
		push @sql, map { $self->insert_resource($_) } grep { chance(0.85) } @{ $type->{resources} };
	}
	push @sql, $self->insert_subject($_) for @{ $self->{users} }, @{ $self->{groups} };
	push @sql, $self->insert_subject('user:*') if $self->{everyone};
	push @sql, $self->insert_team($_) for @{ $self->{teams} };
	for my $group (@{ $self->{groups} })
	{
		push @sql, map { $self->insert_membership($group, $_) } grep { chance(0.7) } @{ $self->{users} };
	}
	for my $team (@{ $self->{teams} })
	{
		push @sql, map { $self->insert_membership($team, $_) } grep { chance(0.4) } @{ $self->{users} };
	}
	# Lower types first, so that there is something to build on.
	for my $role (reverse @{ $self->{roles} })
	{
		next if chance(0.1);
		push @sql, $self->insert_role($role);
		# Before its own permissions: then those are others than the lower roles'.
		push @sql, $self->set_base_role($role) if chance(0.7);
		push @sql, $self->set_inherits($role) if chance(0.7);
		push @sql, $self->role_permission_insert($role) for 1 .. between(0, 3);
	}
	push @sql, $self->insert_assignment for 1 .. between(30, 70);
	return @sql;
}

# --- Looking names up in SQL --------------------------------------------------

sub subject_id { return '(SELECT id FROM authz.subjects WHERE subject::text = ' . quote($_[0]) . ')' }
sub resource_id { return defined $_[0] ? '(SELECT id FROM authz.resources WHERE resource::text = ' . quote($_[0]) . ')' : 'NULL' }

sub role_where
{
	my ($role, $alias) = @_;
	return sprintf('%s.name = %s AND %s.resource_type = %s AND %s', $alias, quote($role->{name}), $alias, quote($role->{type}),
		defined $role->{owner} ? "$alias.owner_id = " . resource_id($role->{owner}) : "$alias.owner_id IS NULL");
}

sub role_id { return '(SELECT x.id FROM authz.roles AS x WHERE ' . role_where($_[0], 'x') . ')' }

sub expiry
{
	return 'NULL' if chance(0.75);
	return one_of("now() - interval '1 hour'", "now() + interval '1 hour'", "statement_timestamp() + interval '0.2 s'",
		"statement_timestamp() + interval '0.5 s'", 'statement_timestamp()', "'infinity'", "'-infinity'");
}

# --- Single changes -----------------------------------------------------------

sub any_subject
{
	my ($self) = @_;
	my $dice = rand();

	return one_of(@{ $self->{users} }) if $dice < 0.5;
	return one_of(@{ $self->{teams} }) if $dice < 0.75;
	return one_of(@{ $self->{groups} }) if $dice < 0.9;
	return 'user:*';
}

sub any_group { my ($self) = @_; return chance(0.6) ? one_of(@{ $self->{teams} }) : one_of(@{ $self->{groups} }) }

# A resource on which the role may be assigned: of its type or an ancestor's.
sub place_for
{
	my ($self, $role) = @_;
	my @types = $self->_up($role->{type});

	return $role->{owner} if defined $role->{owner} && chance(0.6);
	# Half of the time at the top, where it reaches most.
	return one_of(map { @{ $self->{type}{$_}{resources} } } chance(0.5) && $self->{type}{org} && grep({ $_ eq 'org' } @types) ? 'org' : @types);
}

sub insert_permission
{
	my ($self, $permission) = @_;
	return sprintf('INSERT INTO authz.permissions (name, resource_type, status, is_default) VALUES (%s, %s, %s, false) ON CONFLICT (name) DO NOTHING',
		quote($permission->{name}), quote($permission->{type}), quote(one_of(qw(active active active deprecated planned))));
}

sub parent_for
{
	my ($self, $resource) = @_;
	my ($name) = split /:/, $resource;
	my @parents = @{ $self->{type}{$name}{parents} };

	return undef if !@parents || chance(0.1);
	return one_of(@{ $self->{type}{ one_of(@parents) }{resources} });
}

sub insert_resource
{
	my ($self, $resource) = @_;
	return sprintf('INSERT INTO authz.resources (resource, parent_id) SELECT %s, %s ON CONFLICT DO NOTHING', quote($resource), resource_id($self->parent_for($resource)));
}

sub insert_subject
{
	my ($self, $subject) = @_;
	my $of = $subject =~ /^(.*)#member$/ ? $1 : undef;

	return sprintf('INSERT INTO authz.subjects (subject) VALUES (%s) ON CONFLICT DO NOTHING', quote($subject)) if !defined $of;
	return sprintf('INSERT INTO authz.subjects (subject, resource_id) SELECT %s, r.id FROM authz.resources AS r WHERE r.resource::text = %s ON CONFLICT DO NOTHING',
		quote($subject), quote($of));
}

sub insert_team
{
	my ($self, $team) = @_;
	my $parent = chance(0.6) ? one_of(grep { $_ ne $team } @{ $self->{teams} }) : undef;

	# Beneath a team that is there already, which makes no cycle; else alone.
	return sprintf('INSERT INTO authz.subjects (subject, resource_id, parent_id) '
		  . 'SELECT %s, COALESCE(p.resource_id, r.id), p.id FROM authz.resources AS r LEFT JOIN authz.subjects AS p ON p.subject::text = %s '
		  . 'WHERE r.resource::text = %s ON CONFLICT DO NOTHING',
		quote($team), quote($parent), quote(one_of(@{ $self->{organizations} })));
}

sub insert_membership
{
	my ($self, $group, $member) = @_;
	return sprintf('INSERT INTO authz.memberships (group_id, member_id) SELECT g.id, m.id FROM authz.subjects AS g, authz.subjects AS m '
		  . 'WHERE g.subject::text = %s AND m.subject::text = %s ON CONFLICT DO NOTHING', quote($group), quote($member));
}

sub insert_role
{
	my ($self, $role) = @_;
	my $all = chance(0.15) ? 'true' : 'false';

	return sprintf('INSERT INTO authz.roles (name, resource_type, all_permissions) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING',
		quote($role->{name}), quote($role->{type}), $all)
	  if !defined $role->{owner};
	return sprintf('INSERT INTO authz.roles (name, resource_type, all_permissions, owner_id) SELECT %s, %s, %s, r.id FROM authz.resources AS r WHERE r.resource::text = %s ON CONFLICT DO NOTHING',
		quote($role->{name}), quote($role->{type}), $all, quote($role->{owner}));
}

sub role_permission_insert
{
	my ($self, $role) = @_;
	# Of its own type, or of a type below, for which it needs a base role.
	my @types = chance(0.7) ? ($role->{type}) : ($role->{type}, $self->_below($role->{type}));
	my $type = one_of(@types);
	my @permissions = grep { $_->{type} eq $type } @{ $self->{permissions} };

	return sprintf('INSERT INTO authz.role_permissions (role_id, permission) SELECT r.id, p.name FROM authz.roles AS r, authz.permissions AS p '
		  . 'WHERE %s AND p.name::text = %s ON CONFLICT DO NOTHING', role_where($role, 'r'), quote(one_of(@permissions)->{name}));
}

# Inherit a role that comes later in the list: no cycle by construction.  Now
# and then any, which a rule refuses where it closes a cycle.
sub set_inherits
{
	my ($self, $role) = @_;
	my ($after, @lower) = (0);

	for my $other (@{ $self->{roles} })
	{
		push @lower, $other if $after && $other->{type} eq $role->{type} && (!defined $other->{owner} || ($role->{owner} // '') eq $other->{owner});
		$after = 1 if $other == $role;
	}
	if (chance(0.4))
	{
		return 'DELETE FROM authz.role_inherits WHERE role_id = ' . role_id($role) if !@lower || chance(0.3);
		return sprintf('INSERT INTO authz.role_inherits (role_id, inherits_id) SELECT r.id, l.id FROM authz.roles AS r, authz.roles AS l WHERE %s AND %s ON CONFLICT DO NOTHING',
			role_where($role, 'r'), role_where(one_of(@lower), 'l'));
	}
	return 'UPDATE authz.roles AS r SET inherits_id = NULL WHERE ' . role_where($role, 'r') if !@lower || chance(0.3);
	return 'UPDATE authz.roles AS r SET inherits_id = ' . role_id(one_of(@lower)) . ' WHERE ' . role_where($role, 'r');
}

sub set_base_role
{
	my ($self, $role) = @_;
	my @below = $self->_below($role->{type});

	return 'SELECT 1' if !@below;
	my $type = one_of(@below);
	my @lower = grep { $_->{type} eq $type && (!defined $_->{owner} || ($role->{owner} // '') eq $_->{owner}) } @{ $self->{roles} };

	return sprintf('DELETE FROM authz.role_base_roles WHERE role_id = %s AND resource_type = %s', role_id($role), quote($type)) if !@lower || chance(0.25);
	return sprintf('INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id) SELECT r.id, b.resource_type, b.id FROM authz.roles AS r, authz.roles AS b '
		  . 'WHERE %s AND %s ON CONFLICT (role_id, resource_type) DO UPDATE SET base_role_id = EXCLUDED.base_role_id',
		role_where($role, 'r'), role_where(one_of(@lower), 'b'));
}

sub insert_assignment
{
	my ($self) = @_;
	my $role = one_of(@{ $self->{roles} });
	my $place = $self->place_for($role);
	my $conflict = chance(0.5)
	  ? 'ON CONFLICT DO NOTHING'
	  : 'ON CONFLICT (subject_id, resource_id, role_id, source) DO UPDATE SET expires_at = EXCLUDED.expires_at';

	return sprintf('INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, expires_at) '
		  . 'SELECT s.id, r.id, e.id, %s, %s FROM authz.subjects AS s, authz.roles AS r, authz.resources AS e '
		  . 'WHERE s.subject::text = %s AND %s AND e.resource::text = %s %s',
		quote(one_of(@SOURCES)), expiry(), quote($self->any_subject), role_where($role, 'r'), quote($place), $conflict);
}

sub assignment_where
{
	my ($self) = @_;
	my @where = ('subject_id = ' . subject_id($self->any_subject), 'role_id = ' . role_id(one_of(@{ $self->{roles} })),
		'resource_id = ' . resource_id(one_of(@{ $self->{resources} })), 'source = ' . quote(one_of(@SOURCES)), 'expires_at IS NOT NULL');

	return join(' AND ', some_of(between(1, 2), @where));
}

# --- Changes, by kind ---------------------------------------------------------

# weight, name, code.  Code returns one statement.
my @CHANGES = (
	[ 30, 'grant', sub { $_[0]->insert_assignment } ],
	[ 4, 'grant many', sub {
		my ($self) = @_;
		my $role = one_of(@{ $self->{roles} });
		sprintf('INSERT INTO authz.assignments (subject_id, role_id, resource_id, source) SELECT s.id, r.id, e.id, %s '
			  . 'FROM authz.subjects AS s, authz.roles AS r, authz.resources AS e WHERE %s AND e.resource::text = %s ON CONFLICT DO NOTHING',
			quote(one_of(@SOURCES)), role_where($role, 'r'), quote($self->place_for($role)));
	} ],
	[ 1, 'copy', sub {
		my ($self) = @_;
		my $role = one_of(@{ $self->{roles} });
		# COPY FROM inserts by other code than INSERT.  The file lies where the server may write.
		my $rows = sprintf('SELECT s.id, r.id, e.id, %s FROM authz.subjects AS s, authz.roles AS r, authz.resources AS e WHERE %s AND e.resource::text = %s',
			quote('copy'), role_where($role, 'r'), quote($self->place_for($role)));
		sprintf('DO $do$ DECLARE file text := current_setting(%s) || %s; BEGIN EXECUTE format(%s, file); EXECUTE format(%s, file); END $do$',
			map { quote($_) } 'data_directory', '/oracle.copy', "COPY ($rows) TO %L", 'COPY authz.assignments (subject_id, role_id, resource_id, source) FROM %L');
	} ],
	[ 14, 'revoke', sub { 'DELETE FROM authz.assignments WHERE ' . $_[0]->assignment_where } ],
	[ 3, 'revoke expired', sub { 'DELETE FROM authz.assignments WHERE expires_at <= statement_timestamp()' } ],
	[ 6, 'change expiry', sub { 'UPDATE authz.assignments SET expires_at = ' . expiry() . ' WHERE ' . $_[0]->assignment_where } ],
	[ 3, 'change holder', sub { sprintf('UPDATE authz.assignments SET subject_id = %s WHERE %s', subject_id($_[0]->any_subject), $_[0]->assignment_where) } ],
	[ 3, 'change role', sub {
		my ($self) = @_;
		my $from = one_of(@{ $self->{roles} });
		my $to = one_of(grep { $_->{type} eq $from->{type} } @{ $self->{roles} });
		sprintf('UPDATE authz.assignments SET role_id = %s WHERE role_id = %s', role_id($to), role_id($from));
	} ],
	[ 3, 'change place', sub {
		my ($self) = @_;
		my $type = one_of(@{ $self->{types} });
		sprintf('UPDATE authz.assignments SET resource_id = %s WHERE resource_id = %s',
			map { resource_id($_) } one_of(@{ $type->{resources} }), one_of(@{ $type->{resources} }));
	} ],
	[ 0.3, 'revoke all', sub { 'DELETE FROM authz.assignments' } ],
	[ 0.4, 'truncate', sub { 'TRUNCATE ' . one_of('authz.assignments', 'authz.memberships', 'authz.role_permissions', 'authz.role_inherits', 'authz.role_base_roles') } ],

	[ 8, 'join', sub { $_[0]->insert_membership($_[0]->any_group, one_of(@{ $_[0]->{users} })) } ],
	[ 6, 'leave', sub { sprintf('DELETE FROM authz.memberships WHERE group_id = %s AND member_id = %s', subject_id($_[0]->any_group), subject_id(one_of(@{ $_[0]->{users} }))) } ],
	[ 2, 'change group', sub {
		sprintf('UPDATE authz.memberships SET group_id = %s WHERE group_id = %s AND member_id = %s', subject_id($_[0]->any_group), subject_id($_[0]->any_group), subject_id(one_of(@{ $_[0]->{users} })));
	} ],
	[ 2, 'change member', sub { sprintf('UPDATE authz.memberships SET member_id = %s WHERE member_id = %s AND group_id = %s', map({ subject_id($_) } some_of(2, @{ $_[0]->{users} })), subject_id($_[0]->any_group)) } ],

	[ 6, 'new subject', sub { $_[0]->insert_subject(one_of(@{ $_[0]->{users} }, @{ $_[0]->{groups} }, 'user:*')) } ],
	[ 4, 'new team', sub { $_[0]->insert_team(one_of(@{ $_[0]->{teams} })) } ],
	[ 5, 'move team', sub {
		my ($self) = @_;
		my ($team, $parent) = some_of(2, @{ $self->{teams} });
		# Pre-rule safety: only from later to earlier, so that no cycle is made.
		($team, $parent) = sort { $b cmp $a } $team, $parent if defined $parent;
		return 'UPDATE authz.subjects SET parent_id = NULL WHERE subject::text = ' . quote($team) if !defined $parent || chance(0.35);
		sprintf('UPDATE authz.subjects AS t SET parent_id = p.id FROM authz.subjects AS p WHERE t.subject::text = %s AND p.subject::text = %s AND p.resource_id = t.resource_id AND p.parent_id IS DISTINCT FROM t.id', quote($team), quote($parent));
	} ],
	[ 3, 'drop subject', sub { 'DELETE FROM authz.subjects WHERE subject::text = ' . quote($_[0]->any_subject) } ],
	[ 2, 'rename subject', sub { sprintf('UPDATE authz.subjects SET subject = %s WHERE subject::text = %s', map { quote($_) } chance(0.5) ? some_of(2, @{ $_[0]->{users} }) : some_of(2, @{ $_[0]->{teams} })) } ],

	[ 5, 'new resource', sub { $_[0]->insert_resource(one_of(@{ $_[0]->{resources} })) } ],
	[ 6, 'move resource', sub {
		my ($self) = @_;
		my $resource = one_of(@{ $self->{resources} });
		sprintf('UPDATE authz.resources SET parent_id = %s WHERE resource::text = %s', resource_id($self->parent_for($resource)), quote($resource));
	} ],
	[ 3, 'drop resource', sub { 'DELETE FROM authz.resources WHERE resource::text = ' . quote(one_of(@{ $_[0]->{resources} })) } ],
	[ 2, 'rename resource', sub {
		my $type = one_of(@{ $_[0]->{types} });
		my ($from, $to) = some_of(2, @{ $type->{resources} });
		sprintf('UPDATE authz.resources SET resource = %s WHERE resource::text = %s', quote($to // $from), quote($from));
	} ],

	[ 3, 'new role', sub { $_[0]->insert_role(one_of(@{ $_[0]->{roles} })) } ],
	[ 2, 'drop role', sub { 'DELETE FROM authz.roles WHERE id = ' . role_id(one_of(@{ $_[0]->{roles} })) } ],
	[ 6, 'set inherits', sub { $_[0]->set_inherits(one_of(@{ $_[0]->{roles} })) } ],
	[ 6, 'set base role', sub { $_[0]->set_base_role(one_of(@{ $_[0]->{roles} })) } ],
	[ 8, 'add permission', sub { $_[0]->role_permission_insert(one_of(@{ $_[0]->{roles} })) } ],
	[ 4, 'remove permission', sub { sprintf('DELETE FROM authz.role_permissions WHERE role_id = %s AND permission::text = %s', role_id(one_of(@{ $_[0]->{roles} })), quote(one_of(@{ $_[0]->{permissions} })->{name})) } ],
	[ 1, 'remove permissions', sub { 'DELETE FROM authz.role_permissions WHERE role_id = ' . role_id(one_of(@{ $_[0]->{roles} })) } ],
	[ 2, 'change permission', sub {
		my $type = one_of(@{ $_[0]->{types} })->{name};
		my @names = map { $_->{name} } grep { $_->{type} eq $type } @{ $_[0]->{permissions} };
		sprintf('UPDATE authz.role_permissions SET permission = %s WHERE permission::text = %s', map { quote($_) } some_of(2, @names));
	} ],
	[ 3, 'all permissions', sub { 'UPDATE authz.roles SET all_permissions = NOT all_permissions WHERE id = ' . role_id(one_of(@{ $_[0]->{roles} })) } ],
	[ 1, 'rename role', sub { my $role = one_of(@{ $_[0]->{roles} }); sprintf('UPDATE authz.roles SET name = %s WHERE id = %s', quote($role->{name} eq 'r1' ? 'r9' : 'r1'), role_id($role)) } ],
	[ 1, 'change owner', sub { sprintf('UPDATE authz.roles SET owner_id = %s WHERE id = %s', chance(0.5) ? 'NULL' : resource_id(one_of(@{ $_[0]->{organizations} })), role_id(one_of(@{ $_[0]->{roles} }))) } ],

	[ 5, 'permission status', sub { sprintf('UPDATE authz.permissions SET status = %s WHERE name::text = %s', quote(one_of(qw(active planned deprecated))), quote(one_of(@{ $_[0]->{permissions} })->{name})) } ],
	[ 3, 'default permission', sub {
		my $permission = one_of(@{ $_[0]->{permissions} });
		sprintf('UPDATE authz.permissions SET is_default = NOT is_default WHERE name::text = %s AND (is_default OR NOT EXISTS (SELECT FROM authz.permissions AS x WHERE x.resource_type = %s AND x.is_default))', quote($permission->{name}), quote($permission->{type}));
	} ],
	[ 3, 'new permission', sub { $_[0]->insert_permission(one_of(@{ $_[0]->{permissions} })) } ],
	[ 1, 'drop permission', sub { 'DELETE FROM authz.permissions WHERE name::text = ' . quote(one_of(@{ $_[0]->{permissions} })->{name}) } ],
	[ 2, 'rename permission', sub {
		my $type = one_of(@{ $_[0]->{types} })->{name};
		my @names = map { $_->{name} } grep { $_->{type} eq $type } @{ $_[0]->{permissions} };
		sprintf('UPDATE authz.permissions SET name = %s WHERE name::text = %s AND resource_type = %s', (map { quote($_) } some_of(2, @names)), quote($type));
	} ],
);

# The same through the management functions, where they are.
my @CALLS = (
	[ 20, 'grant_role', sub {
		my ($self) = @_;
		my $role = one_of(@{ $self->{roles} });
		sprintf('SELECT authz.grant_role(%s, %s, %s, source => %s, expires_at => %s, role_type => %s)', quote($self->any_subject),
			quote($role->{name}), quote($self->place_for($role)), quote(one_of(@SOURCES)), expiry(), quote($role->{type}));
	} ],
	[ 15, 'revoke_role', sub {
		my ($self) = @_;
		my $role = one_of(@{ $self->{roles} });
		sprintf('SELECT authz.revoke_role(%s, %s, %s, source => %s, role_type => %s)', quote($self->any_subject), quote($role->{name}),
			quote($self->place_for($role)), quote(one_of(@SOURCES)), quote($role->{type}));
	} ],
	[ 5, 'create_resource', sub { my $r = one_of(@{ $_[0]->{resources} }); sprintf('SELECT authz.create_resource(%s, %s)', quote($r), quote($_[0]->parent_for($r))) } ],
	[ 6, 'move_resource', sub { my $r = one_of(@{ $_[0]->{resources} }); sprintf('SELECT authz.move_resource(%s, %s)', quote($r), quote($_[0]->parent_for($r))) } ],
	[ 3, 'drop_resource', sub { sprintf('SELECT authz.drop_resource(%s)', quote(one_of(@{ $_[0]->{resources} }))) } ],
	[ 5, 'create_team', sub { my ($t, $p) = some_of(2, @{ $_[0]->{teams} }); sprintf('SELECT authz.create_team(%s, %s, %s)', quote($t), quote(one_of(@{ $_[0]->{organizations} })), quote(chance(0.5) ? $p : undef)) } ],
	[ 5, 'move_team', sub { my ($t, $p) = some_of(2, @{ $_[0]->{teams} }); sprintf('SELECT authz.move_team(%s, %s)', quote($t), quote(chance(0.7) ? $p : undef)) } ],
	[ 3, 'drop_team', sub { sprintf('SELECT authz.drop_team(%s)', quote(one_of(@{ $_[0]->{teams} }))) } ],
	[ 12, 'add_member', sub { my ($self) = @_; (my $g = $self->any_group) =~ s/#member$//; sprintf('SELECT authz.add_member(%s, %s)', quote($g), quote(one_of(@{ $self->{users} }))) } ],
	[ 6, 'remove_member', sub { my ($self) = @_; (my $g = $self->any_group) =~ s/#member$//; sprintf('SELECT authz.remove_member(%s, %s)', quote($g), quote(one_of(@{ $self->{users} }))) } ],
	[ 1, 'drop_user', sub { sprintf('SELECT authz.drop_user(%s)', quote(one_of(@{ $_[0]->{users} }))) } ],
	[ 5, 'create_role', sub { my ($self) = @_; my $r = one_of(@{ $self->{roles} }); sprintf('SELECT authz.create_role(%s, %s, owner => %s)', quote($r->{name}), quote($r->{type}), quote($r->{owner})) } ],
	[ 2, 'drop_role', sub { sprintf('SELECT authz.drop_role(%s, cascade => %s)', role_id(one_of(@{ $_[0]->{roles} })), one_of('true', 'false')) } ],
	[ 8, 'add_permissions', sub { my ($self) = @_; my $r = one_of(@{ $self->{roles} }); sprintf('SELECT authz.add_permissions(%s, %s)', role_id($r), $self->permission_array($r)) } ],
	[ 4, 'remove_permissions', sub { my ($self) = @_; my $r = one_of(@{ $self->{roles} }); sprintf('SELECT authz.remove_permissions(%s, %s)', role_id($r), $self->permission_array($r)) } ],
	[ 4, 'set_inherits', sub {
		my ($self) = @_;
		my $r = one_of(@{ $self->{roles} });
		my $to = one_of(grep { $_->{type} eq $r->{type} } @{ $self->{roles} });
		return sprintf('SELECT authz.set_inherits(%s, ARRAY[%s, %s])', role_id($r), quote($to->{name}), quote(one_of(grep { $_->{type} eq $r->{type} } @{ $self->{roles} })->{name})) if chance(0.4);
		sprintf('SELECT authz.set_inherits(%s, %s)', role_id($r), quote(chance(0.7) ? $to->{name} : undef));
	} ],
	[ 5, 'set_base_role', sub {
		my ($self) = @_;
		my $r = one_of(@{ $self->{roles} });
		my @below = $self->_below($r->{type});
		return 'SELECT 1' if !@below;
		my $to = one_of(grep { $_->{type} eq $below[0] } @{ $self->{roles} });
		sprintf('SELECT authz.set_base_role(%s, %s)', role_id($r), quote("$to->{type}:$to->{name}"));
	} ],
	[ 2, 'set_base_permission', sub { my ($self) = @_; sprintf('SELECT authz.set_base_permission(%s, %s)', quote(one_of(@{ $self->{organizations} })), quote(one_of('r1', 'r2', undef))) } ],
);

sub permission_array
{
	my ($self, $role) = @_;
	my @permissions = map { $_->{name} } grep { $_->{type} eq $role->{type} } @{ $self->{permissions} };
	return 'ARRAY[' . join(', ', map { quote($_) } some_of(between(1, 2), @permissions)) . ']';
}

# Commands that change no answer, but the files or the descriptors.
my @MAINTENANCE = (
	'VACUUM FULL authz.assignments', 'VACUUM FULL authz.subjects', 'REINDEX TABLE authz.memberships', 'REINDEX TABLE authz.resources',
	'CLUSTER authz.assignments USING assignments_pkey', 'VACUUM authz.assignments', 'ANALYZE authz.roles',
	'ALTER TABLE authz.assignments SET (fillfactor = 90)', 'VACUUM FULL authz.role_permissions', 'REINDEX TABLE authz.permissions',
	'DISCARD PLANS', 'VACUUM FULL pg_class',
);

# Returns (name, statement).
sub change
{
	my ($self) = @_;
	my @calls = grep { $self->{functions}{ $_->[1] } } @CALLS;
	my $chosen = weighted(@calls && chance(0.5) ? @calls : @CHANGES);

	return ($chosen->[1], $chosen->[2]->($self));
}

sub maintenance { return one_of(@MAINTENANCE) }

sub functions_used { return map { $_->[1] } @CALLS }

sub weighted
{
	my $total = 0;

	$total += $_->[0] for @_;
	my $dice = rand($total);
	for my $item (@_)
	{
		$dice -= $item->[0];
		return $item if $dice < 0;
	}
	return $_[-1];
}

1;
