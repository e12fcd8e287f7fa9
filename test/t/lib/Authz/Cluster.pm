# What the TAP tests share: a server that has the extension, the model that they
# use, and psql sessions that stay open beside each other.
#
#   my $node = Authz::Cluster->new('primary', allows_streaming => 1);  # as PostgreSQL::Test::Cluster's init
#   $node->install;                              # extension and model, in database postgres
#   is($node->ask('user:alice', 'project.view', 1), 't');
#   my $session = $node->session;                # $session->query('BEGIN') ... $session->quit
#
# The same calls work on the PostgreSQL::Test modules of 15 to 18.

package Authz::Cluster;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @ISA = ('PostgreSQL::Test::Cluster');

sub new
{
	my ($class, $name, %params) = @_;
	my $self = PostgreSQL::Test::Cluster->new($name);
	bless $self, $class;
	$self->init(%params);
	return $self;
}

# A node made by other means (a standby from a backup) gets our methods too.
sub adopt
{
	my ($class, $node) = @_;
	return bless $node, $class;
}

# Organizations with projects beneath them; role reader may view, writer builds
# on it and may push; organization role manager reads every project.
my $model = <<'JSON';
{"resource_types": [
   {"name": "organization", "has_members": true},
   {"name": "project", "parent": "organization"}],
 "permissions": [
   {"name": "organization.view", "resource_type": "organization"},
   {"name": "project.view", "resource_type": "project"},
   {"name": "project.push", "resource_type": "project"}],
 "roles": [
   {"name": "reader", "resource_type": "project", "permissions": ["project.view"]},
   {"name": "writer", "resource_type": "project", "permissions": ["project.push"], "inherits": "reader"},
   {"name": "manager", "resource_type": "organization", "permissions": ["organization.view"], "base_roles": ["project:reader"]}]}
JSON

sub install
{
	my ($self, $database) = @_;
	$database //= 'postgres';
	$self->safe_psql($database, qq{
		CREATE EXTENSION authz;
		SELECT FROM authz.apply('$model');
		SELECT authz.create_resource('organization:1');
		SELECT authz.create_resource('project:' || id, parent => 'organization:1') FROM generate_series(1, 10) AS id;
	});
	return;
}

# 't' or 'f': has_permission for a named subject, in a new session.
sub ask
{
	my ($self, $subject, $permission, $id, $database) = @_;
	return $self->safe_psql($database // 'postgres', "SELECT authz.has_permission('$subject', '$permission', $id)");
}

# Every row of every table, and where the sequences stand, as text.
sub contents
{
	my ($self, $database) = @_;
	return $self->safe_psql($database // 'postgres', q{
		SELECT format('SELECT %1$L, t::text FROM authz.%1$I AS t ORDER BY t::text COLLATE "C"', c.relname)
		FROM pg_class AS c
		WHERE c.relnamespace = 'authz'::regnamespace AND c.relkind = 'r'
		ORDER BY c.relname
		\gexec
		SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'authz' ORDER BY 1;
	});
}

sub session
{
	my ($self, $database) = @_;
	return Authz::Session->new($self->connstr($database // 'postgres'));
}

package Authz::Session;

use IPC::Run;
use PostgreSQL::Test::Utils;

sub new
{
	my ($class, $connstr) = @_;
	my ($in, $out, $err) = ('', '', '');
	my $self = { in => \$in, out => \$out, err => \$err, count => 0 };
	$self->{timer} = IPC::Run::timer(180);
	$self->{psql} = IPC::Run::start(
		[ 'psql', '-X', '-A', '-t', '-q', '-f', '-', '-d', $connstr ],
		'<', $self->{in}, '>', $self->{out}, '2>', $self->{err}, $self->{timer});
	return bless $self, $class;
}

# Sends without waiting for the answer, for statements that block.
sub send
{
	my ($self, $sql) = @_;
	$self->{count}++;
	${ $self->{in} } .= "$sql;\n\\echo done $self->{count}\n";
	$self->{psql}->pump_nb;
	return;
}

# Waits for the statement sent last; returns what it printed.
sub result
{
	my ($self) = @_;
	my $end = "done $self->{count}\n";
	$self->{timer}->start(180);
	while (index(${ $self->{out} }, $end) < 0)
	{
		die "psql took too long: ${ $self->{err} }" if $self->{timer}->is_expired;
		$self->{psql}->pump;
	}
	my $printed = substr(${ $self->{out} }, 0, index(${ $self->{out} }, $end));
	${ $self->{out} } = '';
	chomp $printed;
	return $printed;
}

sub query
{
	my ($self, $sql) = @_;
	${ $self->{err} } = '';
	$self->send($sql);
	return $self->result;
}

# What the statements since the last query wrote to stderr.
sub errors
{
	my ($self) = @_;
	return ${ $self->{err} };
}

sub quit
{
	my ($self) = @_;
	${ $self->{in} } .= "\\q\n";
	eval { $self->{psql}->finish };
	return;
}

1;
