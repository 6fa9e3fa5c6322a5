#!/usr/bin/env perl
# rules/cel/unicode.pl — writes rules/cel/unicode_tables.c from perl's own Unicode data.
#
#   perl rules/cel/unicode.pl > rules/cel/unicode_tables.c
#
# By hand, when Unicode has a new version that is wanted; the build does not need perl.
use strict;
use warnings;
use Unicode::UCD qw(prop_invmap casefold);

sub table {
    my ($type, $name, @entries) = @_;
    print "\nconst $type $name\[] = {\n";
    my $line = '   ';
    for my $entry (@entries) {
        if (length("$line $entry,") > 130) {
            print "$line\n";
            $line = '   ';
        }
        $line .= " $entry,";
    }
    print "$line\n};\n";
}

# Runs of one value: where each begins, shifted, and which value it is.
sub runs {
    my ($property, $bits, $values) = @_;
    my ($starts, $map) = prop_invmap($property);
    my @entries;
    my $last = -1;
    for my $i (0 .. $#$starts) {
        last if $starts->[$i] > 0x10ffff;
        my $value = $values->{$map->[$i]} // 0;
        push @entries, sprintf '0x%x', $starts->[$i] << $bits | $value if $value != $last;
        $last = $value;
    }
    return @entries;
}

my $version = Unicode::UCD::UnicodeVersion();
print "/* rules/cel/unicode_tables.c — Unicode $version: categories, scripts, letters that differ by case only; made by unicode.pl. */\n";
print "#include \"rules/cel/unicode.h\"\n";

my @categories = qw(Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs);
my %categories = map { $categories[$_] => $_ } 0 .. $#categories;
my @runs = runs('General_Category', 5, \%categories);
print "\nconst char ioc_unicode_category_names[] = \"@categories\";\n";
table('uint32_t', 'ioc_unicode_categories', @runs);
print "const uint32_t ioc_unicode_categories_count = ", scalar @runs, ";\n";

my (undef, $map) = prop_invmap('Script');
my %seen = map { $_ => 1 } @$map;
delete $seen{Unknown};
my @scripts = sort keys %seen;
my %scripts = map { $scripts[$_] => $_ + 1 } 0 .. $#scripts;
@runs = runs('Script', 8, \%scripts);
table('char *const', 'ioc_unicode_script_names', map { "\"$_\"" } @scripts);
print "const uint32_t ioc_unicode_script_names_count = ", scalar @scripts, ";\n";
table('uint32_t', 'ioc_unicode_scripts', @runs);
print "const uint32_t ioc_unicode_scripts_count = ", scalar @runs, ";\n";

# Letters with the same simple case folding stand in a ring: each points to the next.
my %rings;
for my $point (0 .. 0x1ffff) {
    my $fold = casefold($point) or next;
    my $simple = $fold->{simple} or next;
    push @{$rings{hex $simple}}, $point;
}
my %next;
for my $base (keys %rings) {
    my @ring = sort { $a <=> $b } $base, @{$rings{$base}};
    $next{$ring[$_ - 1]} = $ring[$_] for 0 .. $#ring;
}
# Runs with the same distance to the next, each letter or every other one.
my @points = sort { $a <=> $b } keys %next;
my (@steps, %done);
for my $point (@points) {
    next if $done{$point};
    my $delta = $next{$point} - $point;
    my $best = [$point, $point, 1];
    for my $stride (1, 2) {
        my $end = $point;
        while (defined $next{$end + $stride} && !$done{$end + $stride} && $next{$end + $stride} - $end - $stride == $delta) {
            $end += $stride;
        }
        $best = [$point, $end, $stride] if ($end - $point) / $stride > ($best->[1] - $best->[0]) / $best->[2];
    }
    for (my $at = $best->[0]; $at <= $best->[1]; $at += $best->[2]) {
        $done{$at} = 1;
    }
    push @steps, sprintf '{0x%x, 0x%x, %d, %d}', @$best[0, 1], $delta, $best->[2];
}
table('struct ioc_unicode_step', 'ioc_unicode_steps', @steps);
print "const uint32_t ioc_unicode_steps_count = ", scalar @steps, ";\n";
