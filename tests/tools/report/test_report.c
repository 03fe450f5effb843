/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events read fast and otherwise, a run's directory in fixed memory, the timeline of a hit, and a
 * page in which nothing of it is markup. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "tests/support/suite.h"
#include "tools/report/report_map.h"
#include "tools/report/report_page.h"
#include "tools/report/report_sequence.h"
#include "tools/report/result_pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int parse(struct event_line *event, const char *text, char *line)
{
	char why[128];

	strcpy(line, text);
	return event_line_parse(event, line, strlen(text), why, sizeof(why));
}

/* What is plain and what goes through the library give the same. */
static void lines(void)
{
	static const char *const same[] = {
		"{\"type\":\"hit\",\"ns\":12,\"page\":-3,\"sticky\":true,\"error\":null}",
		"{ \"type\": \"hit\", \"ns\": 12, \"page\": -3, \"sticky\": true, \"error\": null "
		"}",
		"{\"type\":\"h\\u0069t\",\"ns\":12.7,\"page\":-3,\"sticky\":true,\"x\":[1],"
		"\"error\":null}",
		"{\"ns\":12,\"page\":-3,\"sticky\":true,\"error\":null,\"note\":\"\xc3\xa9\","
		"\"type\":\"hit\"}",
	};
	static const char *const wrong[] = {
		"",
		"{",
		"{}x",
		"[]",
		"12",
		"{\"a\":01}",
		"{\"a\":1,}",
		"{\"a\":\"b}",
		"{\"a\":nul}",
		"{\"a\":\"\x01\"}",
		"{\"a\":\"\xff\"}",
		"{\"type\":\"hit\",\"ns\":1234567890123456789012}",
	};
	struct event_line event = { .count = 0 };
	char line[256];

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		CU_ASSERT_EQUAL(parse(&event, same[i], line), 0);
		CU_ASSERT_EQUAL(event.json != NULL, i > 0);
		CU_ASSERT_STRING_EQUAL(event_line_text(&event, "type"), "hit");
		CU_ASSERT_EQUAL(event_line_number(&event, "ns", 0), 12);
		CU_ASSERT_EQUAL(event_line_number(&event, "page", 0), -3);
		CU_ASSERT_EQUAL(event_line_number(&event, "type", 7), 7);
		CU_ASSERT_TRUE(event_line_true(&event, "sticky"));
		CU_ASSERT_PTR_NULL(event_line_text(&event, "error"));
		CU_ASSERT_PTR_NULL(event_line_text(&event, "nothing"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CU_ASSERT_EQUAL(parse(&event, wrong[i], line), -EINVAL);
	event_line_release(&event);
}

static bool is_same(const struct event_line *event, const char *key, const json_t *value)
{
	const char *text = event_line_text(event, key);
	int64_t number =
		json_is_real(value) ? (int64_t)json_real_value(value) : json_integer_value(value);

	return event_line_true(event, key) == json_is_true(value) &&
	       event_line_number(event, key, number + 1) == number + !json_is_number(value) &&
	       !text == !json_is_string(value) &&
	       (!text || !strcmp(text, json_string_value(value)));
}

static bool are_same(const struct event_line *event, json_t *json)
{
	size_t fields = 0;
	const char *key;
	json_t *value;

	json_object_foreach (json, key, value) {
		if (json_is_object(value) || json_is_array(value))
			continue;
		fields++;
		if (!is_same(event, key, value))
			return false;
	}
	return event->count == fields;
}

/* Whatever is taken for plain is JSON, and says the same: lines with bytes changed at random. */
static void mutated(void)
{
	static const char whole[] =
		"{\"type\":\"hit\",\"ns\":120,\"page\":-3,\"sticky\":true,\"error\":"
		"null,\"file\":\"a.b\",\"healed\":false}";
	static const char bytes[] = "{}[]\":,-0129truefalsn\\ .\x01\xc3\xa9";
	struct event_line event = { .count = 0 };
	unsigned int state = 3, plain = 0, refused = 0;
	char line[sizeof(whole)], copy[sizeof(whole)], why[128];
	json_t *json;
	int r;

	for (int i = 0; i < 200000; i++) {
		memcpy(line, whole, sizeof(whole));
		for (int changes = rand_r(&state) % 3; changes >= 0; changes--)
			line[(size_t)rand_r(&state) % (sizeof(whole) - 1)] =
				bytes[(size_t)rand_r(&state) % (sizeof(bytes) - 1)];
		memcpy(copy, line, sizeof(line));
		r = event_line_parse(&event, line, sizeof(whole) - 1, why, sizeof(why));
		json = json_loadb(copy, sizeof(whole) - 1, 0, NULL);
		plain += !r && !event.json;
		refused += r != 0;
		if ((r == 0) != json_is_object(json) || (!r && !are_same(&event, json))) {
			CU_FAIL("a line that jansson reads otherwise");
			fprintf(stderr, "%s\n", copy);
		}
		json_decref(json);
	}
	CU_ASSERT(plain > 1000 && refused > 1000);
	event_line_release(&event);
}

static char top[] = "/tmp/foliostorm-test.XXXXXX";

static void put(const char *name, const char *text)
{
	char path[96];
	FILE *file;

	sprintf(path, "%s/%s", top, name);
	if (!text) {
		unlink(path);
		return;
	}
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

#define BEGIN                                                                                      \
	"{\"type\":\"begin\",\"title\":\"<script>alert(1)</script>\",\"kernel\":\"6.18.9\","       \
	"\"number\":0,\"ns\":0}\n"
#define PUNCH(number, ns)                                                                          \
	"{\"type\":\"punch\",\"punch\":" #number ",\"file\":\"a\",\"folio\":512,"                  \
	"\"first_byte\":1052672,\"length\":4096,\"took_ns\":900000,\"error\":null,\"ns\":" #ns     \
	"}\n"
#define HIT(punch, page, ns)                                                                       \
	"{\"type\":\"hit\",\"kind\":\"bytes\",\"punch\":" #punch ",\"file\":\"a\",\"page\":" #page \
	",\"folio\":512,\"reader_kind\":\"load\",\"class\":\"other-page\",\"wrong_page\":768,"     \
	"\"wrong_file\":\"a\",\"access_ns\":300000,\"recheck_ns\":50000,\"ns\":" #ns "}\n"
#define SPLIT                                                                                      \
	"{\"type\":\"split\",\"file\":\"a\",\"folio\":512,\"frozen_ns\":200000,\"window_ns\":"     \
	"150000,"                                                                                  \
	"\"failed\":null,\"error\":null,\"ns\":1700000}\n"
#define CAPTURE                                                                                    \
	"{\"type\":\"capture\",\"file\":\"a\",\"page\":900,\"wrong_folio\":768,\"ns\":1650000}\n"

static struct report_data *load(int wanted)
{
	struct report_data *data = calloc(1, sizeof(*data));

	CU_ASSERT_EQUAL_FATAL(report_data_load(data, top), wanted);
	return data;
}

static void drop(struct report_data *data)
{
	report_data_release(data);
	free(data);
}

/* The order in the file is not that of time, and the punch comes last. */
static void timeline(void)
{
	static const struct {
		double us;
		const char *text;
	} steps[] = {
		{ 0, "the punch begins" },
		{ 450, "load begins its access to page 900 of a" },
		{ 500, "the folio is frozen" },
		{ 650, "" }, /* two at once */
		{ 650, "" },
		{ 700, "the split is over" },
		{ 750, "those of page 768" },
		{ 800, "read again" },
		{ 900, "the punch returns" },
	};
	struct report_data *data;

	put("result.json", NULL);
	put("events.jsonl", BEGIN HIT(2, 900, 1750000) CAPTURE SPLIT PUNCH(1, 10) PUNCH(2, 1000000)
				    HIT(2, 901, 1760000) HIT(3, 902, 1770000));
	data = load(0);
	CU_ASSERT_EQUAL(data->punches, 2);
	CU_ASSERT_EQUAL(data->hits, 3);
	CU_ASSERT_EQUAL(data->punches_hit, 2);
	CU_ASSERT_EQUAL(data->served[900 - 512][256], 1);
	CU_ASSERT_EQUAL(data->wrong[389], 1);
	CU_ASSERT_TRUE(data->timeline.has_punch);
	CU_ASSERT_EQUAL(data->timeline.punch, 2);
	CU_ASSERT_EQUAL_FATAL(data->timeline.step_count, ARRAY_SIZE(steps));
	for (size_t i = 0; i < data->timeline.step_count; i++) {
		CU_ASSERT_DOUBLE_EQUAL(data->timeline.steps[i].us, steps[i].us, 1e-6);
		CU_ASSERT_PTR_NOT_NULL(strstr(data->timeline.steps[i].text, steps[i].text));
	}
	drop(data);
}

/* A punch that takes long is told after many another event: hits of its own, other storms' punches,
 * captures of other pages. */
static void late_punch(void)
{
	static const char after[] = SPLIT PUNCH(2, 1000000);
	size_t size = sizeof(BEGIN HIT(2, 900, 1750000) CAPTURE) + 600 * 1024;
	char *text = malloc(size), *end;
	struct report_data *data;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	end = stpcpy(text, BEGIN HIT(2, 900, 1750000) CAPTURE);
	for (int i = 0; i < 600; i++)
		end = stpcpy(
			end,
			HIT(2, 901, 1760000) PUNCH(
				3, 1800000) "{\"type\":\"capture\",\"file\":\"a\",\"page\":901,"
					    "\"wrong_folio\":768,\"ns\":1650000}\n");
	strcpy(end, after);
	put("events.jsonl", text);
	free(text);
	data = load(0);
	CU_ASSERT_TRUE(data->timeline.has_punch);
	CU_ASSERT_EQUAL(data->timeline.punch, 2);
	CU_ASSERT_EQUAL(data->timeline.step_count, 9);
	drop(data);
}

/* However long a run was, its time fits into the bins, and nothing of it is lost. */
static void bins(void)
{
	uint64_t punches = 0, hits = 0;
	struct report_data *data;

	put("events.jsonl", BEGIN PUNCH(1, 10) PUNCH(2, 255999999) HIT(2, 900, 256000001) PUNCH(
				    3, 86400000000000) PUNCH(4, -5) HIT(4, 5, 900000000000000000));
	data = load(0);
	for (size_t i = 0; i < REPORT_BINS; i++) {
		punches += data->bins[i].punches;
		hits += data->bins[i].punches_hit;
	}
	CU_ASSERT_EQUAL(punches, 4);
	CU_ASSERT_EQUAL(hits, 2);
	CU_ASSERT(data->last_ns / data->bin_ns < REPORT_BINS);
	/* A page outside of its folio is in no map. */
	CU_ASSERT_EQUAL(data->served_elsewhere, 0);
	drop(data);
}

/* The map is in pages of the run's kernel, whatever this one has. */
static void pages_of_the_run(void)
{
	static const struct {
		const char *said;
		unsigned int pages, first;
	} rows[] = {
		{ "", 512, 257 },
		{ ",\"page_size\":4096", 512, 257 },
		{ ",\"page_size\":16384", 128, 64 },
		{ ",\"page_size\":65536", 32, 16 },
		{ ",\"page_size\":12288", 512, 257 },
		{ ",\"page_size\":\"16384\"", 512, 257 },
	};
	static const char scenario[] =
		"title = \"t\"; files = ( { name = \"a\"; size = \"8M\"; folio = \"2M\"; } );\n"
		"storm = { }; readers = ( { kind = \"load\"; } );\n";
	const unsigned int here = page_size();
	char events[1024];

	put("result.json", NULL);
	put("scenario.cfg", scenario);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report_data *data;
		struct report_map map;

		snprintf(events, sizeof(events),
			 "{\"type\":\"begin\",\"kernel\":\"6.18.9\"%s,\"ns\":0}\n" PUNCH(1, 10),
			 rows[i].said);
		put("events.jsonl", events);
		page_size_choose(4096);
		data = load(0);
		report_map_make(&map, data);
		CU_ASSERT_EQUAL(page_size(), 4096);
		CU_ASSERT_TRUE(map.known);
		CU_ASSERT_EQUAL(map.pages, rows[i].pages);
		CU_ASSERT_EQUAL(map.first, rows[i].first);
		drop(data);
	}
	page_size_choose(here);
	put("scenario.cfg", NULL);
}

static void killed(void)
{
	struct report_data *data;

	put("events.jsonl", BEGIN PUNCH(1, 10) "{\"type\":\"hit\",\"pun");
	data = load(0);
	CU_ASSERT_TRUE(data->cut);
	CU_ASSERT_EQUAL(data->lines, 2);
	CU_ASSERT_EQUAL(data->punches, 1);
	drop(data);
	/* A whole last line without its newline is no cut. */
	put("events.jsonl", BEGIN "{\"type\":\"phase\",\"text\":\"storm\"}");
	data = load(0);
	CU_ASSERT_FALSE(data->cut);
	drop(data);
}

static void damaged(void)
{
	static const struct {
		const char *events, *result;
		int r;
	} cases[] = {
		{ NULL, NULL, -ENOENT },
		{ "", NULL, -EINVAL },
		{ BEGIN "{\"type\":\"punch\"\n" PUNCH(1, 1), NULL, -EINVAL },
		{ BEGIN "{\"text\":\"x\"}\n", NULL, -EINVAL },
		{ PUNCH(1, 1), NULL, -EINVAL },
		{ "not of ours\n", NULL, -EINVAL },
		{ BEGIN, "{\"verdict\":", -EINVAL },
		{ BEGIN, "{\"verdict\":\"HIT\"}", -EINVAL },
		{ BEGIN, "[]", -EINVAL },
		{ BEGIN "{\"type\":\"of a later version\"}\n", NULL, 0 },
		{ NULL, "{\"verdict\":\"HIT\",\"kernel\":\"6.18.9\"}", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put("events.jsonl", cases[i].events);
		put("result.json", cases[i].result);
		drop(load(cases[i].r));
	}
	put("result.json", NULL);
}

#define STEP(passage, step, role, hold, point, by, ns)                                             \
	"{\"type\":\"step\",\"passage\":" #passage ",\"punch\":2,\"step\":\"" step                 \
	"\",\"role\":\"" role "\",\"cpu\":1,\"hold\":" #hold ",\"point\":\"" point                 \
	"\",\"by\":\"" by "\",\"ns\":" #ns "}\n"

/* Holds and who they belong to, of passages one after another; and of what is no passage at all. */
static void passages(void)
{
	struct report_passage passage;
	struct report_data *data;
	size_t next;

	put("events.jsonl",
	    BEGIN STEP(1, "reached", "read", 0, "read begins", "",
		       10) STEP(1, "reached", "split", 1, "split enters f", "", 10)
		    STEP(1, "released", "read", 0, "read begins", "split enters f", 10)
			    STEP(1, "spared", "split", 1, "split enters f", "read enters g", 20)
				    STEP(1, "withstood", "", -1, "", "", 20)
					    STEP(2, "expired", "split", 1, "", "", 30));
	data = load(0);
	next = report_passage_at(data->steps, 0, &passage);
	CU_ASSERT_EQUAL(next, 5);
	CU_ASSERT_EQUAL(passage.number, 1);
	CU_ASSERT_STRING_EQUAL(passage.end, "withstood");
	CU_ASSERT_EQUAL(passage.lane_count, 2);
	CU_ASSERT_EQUAL_FATAL(passage.hold_count, 2);
	CU_ASSERT_EQUAL(passage.holds[0].ended, &passage.steps[2]);
	CU_ASSERT_EQUAL(passage.holds[1].ended, &passage.steps[3]);
	CU_ASSERT(report_step_is_outside(&passage.steps[0]));
	CU_ASSERT_FALSE(report_step_is_outside(&passage.steps[1]));
	CU_ASSERT_EQUAL(report_passage_lane(&passage, "read enters g"), 0);
	CU_ASSERT_EQUAL(report_passage_lane(&passage, "reader enters g"), -1);
	/* An end without its begin belongs to no hold. */
	CU_ASSERT_EQUAL(report_passage_at(data->steps, next, &passage), 6);
	CU_ASSERT_EQUAL(passage.hold_count, 0);
	CU_ASSERT_STRING_EQUAL(passage.end, "");
	CU_ASSERT_EQUAL(report_passage_at(data->steps, 6, &passage), 6);
	drop(data);
}

/* However many steps, roles and holds a file has, and whatever they are called. */
static void hostile_steps(void)
{
	char *events = NULL, *page = NULL;
	struct report_data *data;
	size_t size;
	FILE *to = open_memstream(&events, &size);

	fputs(BEGIN PUNCH(2, 10), to);
	for (int i = 0; i < 2000; i++)
		fprintf(to,
			"{\"type\":\"step\",\"passage\":7,\"punch\":2,\"step\":\"%s\","
			"\"role\":\"<script>%d\",\"hold\":%d,\"point\":\"<script> begins\","
			"\"code\":\"<script>\",\"by\":\"<script>%d \u00e9\u00e9\u00e9\u00e9\u00e9"
			"\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
			"\u00e9\u00e9"
			"\u00e9\u00e9\u00e9\u00e9\u00e9\",\"page\":%d,\"held_ns\":"
			"9223372036854775807,"
			"\"ns\":-9223372036854775807}\n",
			i % 3   ? "reached"
			: i % 2 ? "released"
				: "<script>",
			i, i, i, i);
	fputs(HIT(2, 900, 1750000), to);
	fclose(to);
	put("events.jsonl", events);
	free(events);
	data = load(0);
	CU_ASSERT_EQUAL(json_array_size(data->steps), REPORT_STEPS);
	to = open_memstream(&page, &size);
	report_page(to, data, NULL);
	fclose(to);
	CU_ASSERT_PTR_NULL(strstr(page, "<script"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<h2>The interleaving</h2>"));
	free(page);
	drop(data);
}

/* The page of a directory in which every text is hostile. */
static void hostile(void)
{
	static const char result[] =
		"{\"verdict\":\"\\\"><b onclick=x>\",\"expected\":\"hit\",\"kernel\":\"<img "
		"src=x>\","
		"\"title\":\"</title><script>alert(1)</"
		"script>\",\"reason\":\"<script>\",\"machine\":\"<i>\","
		"\"aim\":\"<u>\",\"error\":\"<s>\",\"scenario\":\"</"
		"pre><script>\",\"version\":\"&lt;\","
		"\"rules\":[{\"name\":\"<em>\",\"op\":\"<em>\",\"fired\":\"x\"}],"
		"\"operations\":{\"<b>'\\n`\":{\"count\":3,\"p50_ns\":\"x\",\"histogram\":[[1000,2]"
		",\"x\",[]]}},"
		"\"kernel_log\":{\"lines\":[\"<script>\",7]},\"preconditions\":{\"<b>\":true,\"<i>"
		"\":1},"
		"\"workload\":{\"kind\":\"<u>\",\"outcome\":\"<s>\",\"operations\":\"x\","
		"\"operations_planned\":3,\"failure\":\"<script>\",\"details\":{\"<em>\":"
		"[\"<i>\"],\"<u>\":\"<script>\",\"n\":null}},"
		"\"guest\":{\"kernel\":\"$(touch "
		"x)'<b>\",\"accelerator\":7,\"died\":\"<b>\"},\"hits\":\"x\"}";
	struct report_data *data;
	char *page = NULL;
	size_t size;
	FILE *to;

	put("result.json", result);
	put("events.jsonl",
	    BEGIN PUNCH(2, 1000000) "{\"type\":\"hit\",\"punch\":2,\"file\":\"</"
				    "td><script>\",\"page\":600,\"folio\":512,"
				    "\"reader_kind\":\"<b>\",\"class\":\"<b>\",\"wrong_page\":700,"
				    "\"wrong_file\":\"<b>\",\"ns\":5}\n"
				    "{\"type\":\"rule\",\"rule\":\"<b>\",\"ns\":5}\n"
				    "{\"type\":\"kernel\",\"text\":\"<b>\",\"ns\":5}\n");
	data = load(0);
	to = open_memstream(&page, &size);
	report_page(to, data, NULL);
	fclose(to);
	for (const char *const *tag = (const char *const[]){ "<script", "<img", "<i>", "<u>", "<s>",
							     "<em>", "onclick=x>", NULL };
	     *tag; tag++)
		CU_ASSERT_PTR_NULL(strstr(page, *tag));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "&lt;script&gt;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<th scope=\"row\">&lt;em&gt;</th><td>&lt;i&gt;<"));
	/* The shell that is given the command runs nothing else. */
	CU_ASSERT_PTR_NOT_NULL(
		strstr(page, "--image &#39;$(touch x)&#39;\\&#39;&#39;&lt;b&gt;&#39;"));
	free(page);
	drop(data);
	put("result.json", NULL);
}

/* Who gives the seed of a page to a run gets the same run. */
static void seeds(void)
{
	static const char result[] = "{\"verdict\":\"CLEAN\",\"kernel\":\"6.18.9\",\"each\":[{"
				     "\"seed\":9223372036854775807}],\"seed\":9007199254740993}";
	struct report_data *data;
	char *page = NULL;
	size_t size;
	FILE *to;

	put("events.jsonl", NULL);
	put("result.json", result);
	data = load(0);
	to = open_memstream(&page, &size);
	report_page(to, data, NULL);
	repeat_page_print(to, data->result);
	fclose(to);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "seed</th><td>9007199254740993</td>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, ">9223372036854775807</td>"));
	free(page);
	drop(data);
	put("result.json", NULL);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "large seeds", seeds },
		{ "lines, plain and not", lines },
		{ "lines with errors", mutated },
		{ "the timeline of the first hit", timeline },
		{ "a punch that is told late", late_punch },
		{ "bins of time", bins },
		{ "pages of the run", pages_of_the_run },
		{ "events of a killed run", killed },
		{ "damaged and foreign directories", damaged },
		{ "hostile texts", hostile },
		{ "passages", passages },
		{ "hostile steps", hostile_steps },
		CU_TEST_INFO_NULL,
	};
	int code;

	if (!mkdtemp(top))
		return 1;
	code = run_suite("report", tests);
	put("events.jsonl", NULL);
	rmdir(top);
	return code;
}
