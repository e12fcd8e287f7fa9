# One psql process that is kept open: a database session for the driver.
package Oracle::Session;

use strict;
use warnings;
use IPC::Open2 qw(open2);

# name: for the log; dbname; log: array that gets every statement sent.
sub new
{
	my ($class, %args) = @_;
	my $self = bless {
		name => $args{name},
		log => $args{log},
		# Transaction state as the driver sees it.
		isolation => undef,		# undef: not in a transaction block
		wrote => 0,				# changed something in this transaction
		seen_commits => 0,		# commits of others when it took its snapshot
		savepoints => [],
		cursor => 0,
	}, $class;

	# Messages of refused statements are wanted by nobody: the driver reads
	# SQLSTATE and message from psql's variables.
	local $ENV{PGOPTIONS} = '-c client_min_messages=error';
	local $ENV{PGAPPNAME} = "oracle $args{name}";
	open(my $olderr, '>&', \*STDERR) or die "dup: $!";
	open(STDERR, '>', '/dev/null') or die "/dev/null: $!";
	$self->{pid} = open2($self->{out}, $self->{in}, 'psql', '-XqAt', '-d', $args{dbname});
	open(STDERR, '>&', $olderr) or die "dup: $!";
	binmode($_, ':utf8') for $self->{in}, $self->{out};
	return $self;
}

# Send one statement.  Returns (sqlstate, lines): "00000" is success.
sub run
{
	my ($self, $sql) = @_;

	push @{ $self->{log} }, "$self->{name}: $sql" if $self->{log};
	my $in = $self->{in};
	local $SIG{PIPE} = 'IGNORE';
	print $in "$sql;\n\\echo END :SQLSTATE :LAST_ERROR_MESSAGE\n";
	$in->flush;

	my @lines;
	my $out = $self->{out};
	while (my $line = <$out>)
	{
		chomp $line;
		if ($line =~ /^END (\w{5}) ?(.*)/)
		{
			$self->{message} = $1 eq '00000' ? '' : $2;
			push @{ $self->{log} }, "   -- refused: $1 $self->{message}" if $self->{log} && $1 ne '00000';
			return ($1, @lines);
		}
		push @lines, $line;
	}
	die "session $self->{name} lost its connection after: $sql\n";
}

# Send one statement that must succeed; returns its lines.
sub query
{
	my ($self, $sql) = @_;
	my ($sqlstate, @lines) = $self->run($sql);

	die "session $self->{name}: $sqlstate $self->{message}\nin: $sql\n" if $sqlstate ne '00000';
	return @lines;
}

sub in_transaction { return defined $_[0]->{isolation} }

# Does every statement see what has been committed before it?
sub sees_latest
{
	my ($self) = @_;
	return !defined $self->{isolation} || $self->{isolation} eq 'READ COMMITTED';
}

sub ended
{
	my ($self) = @_;
	@$self{qw(isolation wrote savepoints cursor)} = (undef, 0, [], 0);
}

sub close
{
	my ($self) = @_;
	close $self->{in};
	close $self->{out};
	waitpid $self->{pid}, 0;
}

1;
