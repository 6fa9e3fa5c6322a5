/* tests/fuzz/fuzz_json.c — any bytes as a message: parsed, mapped, checked; rows stay sound,
 * personal texts hidden. */
#include "core/key.h"
#include "ingest/admission.h"
#include "ingest/json.h"
#include "ingest/route.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ID,
    DEPTH,
    AT,
    N,
    U,
    FLAG,
    SPAN,
    PLACE,
    PLATE,
    LIST,
    ROWS,
    MAP,
    ANY,
    BYTES,
    CLOCK,
    RANGE,
    SLOTS
};
static struct ioc_text words[] = {{"car", 3}, {"bus", 3}};
static struct ioc_field row_fields[] = {
    {.name = {"label", 5}, .type = IOC_STRING},
    {.name = {"plate", 5}, .type = IOC_STRING, .is_optional = true, .personal = IOC_PERSONAL_PLATE},
    {.name = {"any", 3}, .type = IOC_DYN, .is_optional = true, .personal = IOC_PERSONAL_TEXT},
};
static struct ioc_schema rows = {.name = {"rows", 4}, .fields = row_fields, .count = 3};
static struct ioc_field fields[SLOTS] = {
    [ID] = {.name = {"id", 2}, .type = IOC_STRING},
    [DEPTH] = {.name = {"depth", 5},
        .type = IOC_DOUBLE,
        .unit = {"cm", 2},
        .has_range = true,
        .range_low = -5,
        .range_high = 300},
    [AT] = {.name = {"at", 2}, .type = IOC_TIMESTAMP},
    [N] = {.name = {"n", 1},
        .type = IOC_INT,
        .is_optional = true,
        .has_range = true,
        .range_high = 9,
        .out_of_range_is_missing = true},
    [U] = {.name = {"u", 1}, .type = IOC_UINT, .is_optional = true},
    [FLAG] = {.name = {"flag", 4}, .type = IOC_BOOL, .is_optional = true},
    [SPAN] = {.name = {"span", 4}, .type = IOC_DURATION, .is_optional = true},
    [PLACE] = {.name = {"place", 5}, .type = IOC_POINT, .is_optional = true},
    [PLATE] = {.name = {"plate", 5},
        .type = IOC_STRING,
        .is_optional = true,
        .personal = IOC_PERSONAL_PLATE},
    [LIST] = {.name = {"list", 4},
        .type = IOC_LIST,
        .of = IOC_STRING,
        .is_optional = true,
        .personal = IOC_PERSONAL_PHONE},
    [ROWS] = {.name = {"rows", 4},
        .type = IOC_LIST,
        .of = IOC_MAP,
        .element = &rows,
        .is_optional = true},
    [MAP] = {.name = {"map", 3}, .type = IOC_MAP, .is_optional = true},
    [ANY] = {.name = {"any", 3},
        .type = IOC_DYN,
        .is_optional = true,
        .personal = IOC_PERSONAL_INFORMANT},
    [BYTES] = {.name = {"kind", 4},
        .type = IOC_STRING,
        .is_optional = true,
        .one_of = words,
        .one_of_count = 2},
    [CLOCK] = {.name = {"ioc_clock", 9}, .type = IOC_BOOL, .is_optional = true},
    [RANGE] = {.name = {"ioc_range", 9}, .type = IOC_BOOL, .is_optional = true},
};
static struct ioc_stream stream = {
    .name = {"things", 6},
    .schema = {.name = {"things", 6}, .fields = fields, .count = SLOTS},
    .key = {ID},
    .key_count = 1,
    .time = AT,
    .max_future = IOC_MINUTE,
    .dedupe = IOC_SLOT_NONE,
    .clock_flag = CLOCK,
    .range_flag = RANGE,
    .live = IOC_SLOT_NONE,
    .position = PLACE,
};

struct bench {
    struct ioc_decoder_output output; /* first */
    struct ioc_admission admission;
    struct ioc_buffer sealed;
    struct ioc_text message;
};

static enum ioc_status emit(struct ioc_decoder_output *output, struct ioc_draft *draft)
{
    struct bench *bench = (struct bench *)output;
    struct ioc_admission_claim claim = {.stream = &stream, .received = 1790000000 * IOC_SECOND};
    struct ioc_error err = {0};
    ioc_time time = IOC_TIME_NONE;
    uint16_t flags = 0;
    enum ioc_status status =
        ioc_admission_check(&bench->admission, &claim, draft, &time, &flags, &err);
    if (status != IOC_OK) {
        assert(err.code[0] && err.text[0]);
        return status;
    }
    ioc_buffer_reset(&bench->sealed);
    status = ioc_event_seal(draft, &stream, time, claim.received, flags, &bench->sealed);
    if (status == IOC_OK) {
        assert(time <= claim.received + stream.max_future);
        assert(ioc_event_is_sound(bench->sealed.data, bench->sealed.length));
        const struct ioc_row *row = ioc_event_row((const struct ioc_event *)bench->sealed.data);
        assert(!ioc_row_has(row, ANY)); /* an informant's word is never kept */
        if (ioc_row_has(row, PLATE))
            assert(ioc_row_text(row, PLATE).length == IOC_PSEUDONYM_LENGTH);
    }
    return status;
}

static void refuse(struct ioc_decoder_output *output, const struct ioc_error *err)
{
    assert(err->code[0] && err->text[0]);
}

static struct ioc_document *documents[3]; /* kept for as long as the routes */
static uint32_t document_count;

static struct ioc_route *read_route(const char *yaml, struct ioc_arena *arena)
{
    static const struct ioc_stream *const streams[] = {&stream};
    struct ioc_errors errors = {0};
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("fuzz"), ioc_text_of(yaml), &errors);
    struct ioc_route *route =
        ioc_route_read(document, document->root, streams, 1, NULL, arena, &errors);
    if (!route)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert(route);
    documents[document_count++] = document;
    return route;
}

/* What simdjson takes, the second scanner takes, and the other way round but for numbers out of
 * range. */
static void compare_scanners(struct ioc_text message)
{
    static struct ioc_json *json;
    struct ioc_json_value root;
    struct ioc_error err = {0};
    const char *why = NULL;
    json = json ? json : ioc_json_new();
    enum ioc_status status = ioc_json_parse(json, message, &root, &err);
    uint32_t place = ioc_json_fault(message, &why);
    assert(place == 0 || place <= message.length + 1);
    if (status == IOC_OK)
        assert(place == 0 || strstr(why, "second half"));
    else
        assert(err.code[0] && err.text[0] && err.column <= message.length + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ioc_arena arena;
    static struct ioc_route *routes[3];
    static struct ioc_pseudonym *pseudonym;
    static struct bench bench;
    static struct ioc_draft draft;
    if (!routes[0]) {
        char directory[] = "/tmp/ioc-fuzz-XXXXXX";
        struct ioc_error err = {0};
        bench.output = (struct ioc_decoder_output){emit, refuse};
        if (!mkdtemp(directory) ||
            ioc_pseudonym_open(ioc_text_of(directory), 0, &pseudonym, &err) != IOC_OK)
            abort();
        bench.admission.pseudonym = pseudonym;
        routes[0] = read_route("topic: a\nstream: things\n", &arena);
        routes[1] =
            read_route("topic: a\nstream: things\neach: /r\nmissing: [-999, N/A]\nfields: {id: "
                       "/id, depth: {pointer: /d, unit: m}, "
                       "at: {pointer: /t, zone: Asia/Ho_Chi_Minh}, place: {latitude: /y, "
                       "longitude: /x}, rows: {pointer: /o, items: "
                       "{label: /c, plate: /p, any: /z}}, span: {pointer: /s, unit: min}}\n",
                &arena);
        routes[2] = read_route("topic: a\nstream: things\neach: ''\n", &arena);
    }
    bench.message = (struct ioc_text){(const char *)data, (uint32_t)size};
    compare_scanners(bench.message);
    struct ioc_message message = {.topic = IOC_TEXT("a"), .payload = bench.message};
    for (int i = 0; i < 3; i++) {
        struct ioc_error err = {0};
        enum ioc_status status =
            routes[i]->kind->decode(routes[i]->decoder, &message, &draft, &bench.output, &err);
        assert(status == IOC_OK || (err.code[0] && err.text[0]));
    }
    return 0;
}
