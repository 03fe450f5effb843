/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A RocksDB for power cuts, compiled by rocksdb.sh.
 *
 * usage: rocksdb write DIRECTORY COUNT
 *            makes a database of COUNT records, one by one, each with a sync; prints the number of
 *            each that was acknowledged
 *        rocksdb count DIRECTORY
 *            opens it as after a crash, checks every byte, prints how many records it has
 *
 * Exit codes: 0; 1 with the reason on standard error: an error of RocksDB, a record that is missing
 * or wrong.
 */
#include <rocksdb/c.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 3000, KEY = 9 };

static int fail(const char *what, const char *error)
{
	fprintf(stderr, "%s: %s\n", what, error);
	return 1;
}

/* So small that logs are changed, tables written and compacted all the time. */
static rocksdb_options_t *make_options(bool create)
{
	rocksdb_options_t *options = rocksdb_options_create();

	rocksdb_options_set_create_if_missing(options, create);
	rocksdb_options_set_write_buffer_size(options, 128 << 10);
	rocksdb_options_set_target_file_size_base(options, 64 << 10);
	rocksdb_options_set_level0_file_num_compaction_trigger(options, 2);
	rocksdb_options_set_paranoid_checks(options, true);
	return options;
}

/* Of a record: its length and bytes follow from its number. */
static size_t make_value(unsigned int number, char value[VALUE_MAX])
{
	size_t length = number * 2654435761U % VALUE_MAX;

	for (size_t i = 0; i < length; i++)
		value[i] = (char)(number + i * 7);
	return length;
}

static int write_records(rocksdb_t *db, unsigned int count)
{
	rocksdb_writeoptions_t *options = rocksdb_writeoptions_create();
	char key[KEY + 1], value[VALUE_MAX], *error = NULL;

	rocksdb_writeoptions_set_sync(options, true);
	for (unsigned int i = 1; i <= count; i++) {
		snprintf(key, sizeof(key), "%09u", i);
		rocksdb_put(db, options, key, KEY, value, make_value(i, value), &error);
		if (error)
			return fail(key, error);
		printf("%u\n", i);
		fflush(stdout);
	}
	rocksdb_writeoptions_destroy(options);
	return 0;
}

static int count_records(rocksdb_t *db)
{
	rocksdb_readoptions_t *options = rocksdb_readoptions_create();
	char key[KEY + 1], value[VALUE_MAX], *error = NULL;
	unsigned int count = 0;
	rocksdb_iterator_t *at;

	rocksdb_readoptions_set_verify_checksums(options, true);
	at = rocksdb_create_iterator(db, options);
	for (rocksdb_iter_seek_to_first(at); rocksdb_iter_valid(at); rocksdb_iter_next(at)) {
		size_t key_length, length;
		const char *found = rocksdb_iter_key(at, &key_length);

		snprintf(key, sizeof(key), "%09u", ++count);
		if (key_length != KEY || memcmp(found, key, KEY) != 0)
			return fail(key, "is missing");
		found = rocksdb_iter_value(at, &length);
		if (length != make_value(count, value) || memcmp(found, value, length) != 0)
			return fail(key, "has another value");
	}
	rocksdb_iter_get_error(at, &error);
	rocksdb_iter_destroy(at);
	rocksdb_readoptions_destroy(options);
	if (error)
		return fail("reading", error);
	printf("%u\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	bool writes = argc == 4 && !strcmp(argv[1], "write");
	rocksdb_options_t *options;
	char *error = NULL;
	rocksdb_t *db;
	int code;

	if (!writes && (argc != 3 || strcmp(argv[1], "count") != 0))
		return fail("usage", "rocksdb write DIRECTORY COUNT | rocksdb count DIRECTORY");
	options = make_options(writes);
	db = rocksdb_open(options, argv[2], &error);
	if (error)
		return fail(argv[2], error);
	code = writes ? write_records(db, (unsigned int)strtoul(argv[3], NULL, 10))
		      : count_records(db);
	rocksdb_close(db);
	rocksdb_options_destroy(options);
	return code;
}
