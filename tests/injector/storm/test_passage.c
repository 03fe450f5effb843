/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/storm/passage.h"
#include "tests/support/suite.h"

#include <pthread.h>

/* Notes of one place, one after another, and the passages that there are then. */
static void passages(void)
{
	static const struct {
		const char *notes; /* e an exposure, s a split, n the next punch */
		unsigned int passages;
	} cases[] = {
		{ "", 0 },      { "e", 0 },     { "s", 0 },    { "es", 1 },     { "se", 1 },
		{ "eee", 0 },   { "eeese", 1 }, { "seee", 1 }, { "ens", 0 },    { "sne", 0 },
		{ "esnes", 2 }, { "esne", 1 },  { "esns", 1 }, { "senens", 1 }, { "esneesenes", 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct passage passage = { 0 };
		uint32_t number = 1;
		unsigned int count = 0;

		for (const char *note = cases[i].notes; *note; note++) {
			if (*note == 'e')
				count += passage_note_exposure(&passage, number);
			else if (*note == 's')
				count += passage_note_split(&passage, number);
			else
				number++;
		}
		CU_ASSERT_EQUAL(count, cases[i].passages);
	}
}

/* A reader that was held up since a punch that is over. */
static void late(void)
{
	struct passage passage = { 0 };

	CU_ASSERT_FALSE(passage_note_exposure(&passage, 7));
	CU_ASSERT_TRUE(passage_note_split(&passage, 7));
	CU_ASSERT_FALSE(passage_note_split(&passage, 8));
	CU_ASSERT_FALSE(passage_note_exposure(&passage, 7));
	CU_ASSERT_TRUE(passage_note_exposure(&passage, 8));
	CU_ASSERT_FALSE(passage_note_exposure(&passage, 7));
	CU_ASSERT_FALSE(passage_note_exposure(&passage, 8));
	/* It takes nothing from the punch that is under way. */
	CU_ASSERT_FALSE(passage_note_exposure(&passage, 9));
	CU_ASSERT_FALSE(passage_note_exposure(&passage, 8));
	CU_ASSERT_TRUE(passage_note_split(&passage, 9));
}

/* It has seen both notes of a punch, and comes back after the next was counted. */
static void late_in_between(void)
{
	struct passage passage = { .exposed = 7, .split = 7, .passed = 8 };

	CU_ASSERT_FALSE(passage_note_exposure(&passage, 7));
	CU_ASSERT_EQUAL(passage.passed, 8);
}

enum { NUMBERS = 2000, READERS = 2 };

struct race {
	struct passage passage;
	pthread_barrier_t round;
	_Atomic unsigned int count;
};

static void *note_exposures(void *argument)
{
	struct race *race = argument;

	for (uint32_t number = 1; number <= NUMBERS; number++) {
		pthread_barrier_wait(&race->round);
		race->count += passage_note_exposure(&race->passage, number);
		pthread_barrier_wait(&race->round);
	}
	return NULL;
}

/* Each punch is a passage once, whoever comes second. */
static void at_once(void)
{
	static struct race race;
	pthread_t readers[READERS];

	pthread_barrier_init(&race.round, NULL, READERS + 1);
	for (int i = 0; i < READERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&readers[i], NULL, note_exposures, &race), 0);
	for (uint32_t number = 1; number <= NUMBERS; number++) {
		pthread_barrier_wait(&race.round);
		race.count += passage_note_split(&race.passage, number);
		pthread_barrier_wait(&race.round);
	}
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	pthread_barrier_destroy(&race.round);
	CU_ASSERT_EQUAL(race.count, NUMBERS);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "passages", passages },
		{ "a late reader", late },
		{ "a reader that is late in between", late_in_between },
		{ "readers and storm at once", at_once },
		CU_TEST_INFO_NULL,
	};

	return run_suite("passages", tests);
}
