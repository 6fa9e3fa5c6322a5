#pragma once
/*
 * config/cityfile.h — the command line of a subcommand that takes one city file and nothing else.
 *
 * Thread   one at a time
 */

/* The path; NULL on wrong usage (said).  `doc` as in argp: before and after the options. */
const char *ioc_cityfile_read(int argc, char **argv, const char *doc);
