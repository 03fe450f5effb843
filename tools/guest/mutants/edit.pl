#!/usr/bin/env perl
# Edits the source of a kernel so that a fix is undone.
#
# usage: tools/guest/mutants/edit.pl TREE EDIT
#
# EDIT is a Perl file of calls of edit(). Each names a file of the tree, a function that is defined
# there once, and pairs of a regular expression and what to put in the place of its match. In that
# function each must match exactly once, or the edit does not fit: then nothing is written. Before a
# file is changed it is kept as FILE.pristine.
use strict;
use warnings;

my ($tree, $edit) = @ARGV;
@ARGV == 2 or die "usage: edit.pl TREE EDIT\n";
my %changed;    # path => text

sub slurp {
	my ($path) = @_;
	open(my $file, '<', $path) or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}

sub spit {
	my ($path, $text) = @_;
	open(my $file, '>', $path) or die "$path: $!\n";
	print $file $text or die "$path: $!\n";
	close($file) or die "$path: $!\n";
}

# Where the body of a function is: [start, length]. A definition begins in the first column, and its
# body ends with the next brace there.
sub find_body {
	my ($path, $text, $function) = @_;
	my @found;
	my $head = qr/^(?!\s|\/|#)[^;{}]*?\b\Q$function\E\([^;{}]*\)\s*/m;
	push @found, [ $-[1], $+[1] - $-[1] ] while $text =~ /$head^(\{.*?^\})/gms;
	@found == 1 or die "$path: $function() is defined there " . @found . " times, not once\n";
	return $found[0];
}

sub edit {
	my ($path, $function, @replacements) = @_;
	my $text = $changed{$path} // slurp("$tree/$path");
	my ($start, $length) = @{ find_body($path, $text, $function) };
	my $body = substr($text, $start, $length);
	while (my ($pattern, $replacement) = splice(@replacements, 0, 2)) {
		my $matches = () = $body =~ /$pattern/g;
		$matches == 1 or
			die "$path: in $function() $pattern matches $matches times, not once\n";
		$body =~ s/$pattern/$replacement/;
	}
	substr($text, $start, $length) = $body;
	$changed{$path} = $text;
}

eval slurp($edit);
die "$edit does not fit $tree: $@" if $@;
%changed or die "$edit edits nothing\n";
for my $path (sort keys %changed) {
	my $before = slurp("$tree/$path");
	$before ne $changed{$path} or die "$edit leaves $path as it is\n";
	spit("$tree/$path.pristine.new", $before);
	rename("$tree/$path.pristine.new", "$tree/$path.pristine") or die "$path: $!\n";
	spit("$tree/$path", $changed{$path});
}
