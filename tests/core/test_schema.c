/* tests/core/test_schema.c — fields by name, fingerprints, and rows checked against their schema. */
#include "core/draft.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STATION, DEPTH, PLACE, LABELS, EXTRAS, ANY, FLAG };
static struct ioc_field fields[] = {
    [STATION] = {.name = IOC_TEXT("station"), .type = IOC_STRING},
    [DEPTH] = {.name = IOC_TEXT("depth_cm"), .type = IOC_DOUBLE, .unit = IOC_TEXT("cm")},
    [PLACE] = {.name = IOC_TEXT("place"), .type = IOC_POINT},
    [LABELS] = {.name = IOC_TEXT("labels"), .type = IOC_LIST, .of = IOC_STRING},
    [EXTRAS] = {.name = IOC_TEXT("extras"), .type = IOC_MAP},
    [ANY] = {.name = IOC_TEXT("any"), .type = IOC_DYN},
    [FLAG] = {.name = IOC_TEXT("flag"), .type = IOC_BOOL},
};
static const struct ioc_schema schema = {
    IOC_TEXT("street_depth"), fields, sizeof fields / sizeof *fields};

static void field_is_found_by_its_whole_name_only(void **state)
{
    assert_int_equal(ioc_schema_find(&schema, IOC_TEXT("depth_cm")), DEPTH);
    assert_int_equal(ioc_schema_find(&schema, IOC_TEXT("depth")), IOC_SLOT_NONE);
    assert_int_equal(ioc_schema_find(&schema, IOC_TEXT("")), IOC_SLOT_NONE);
}

static void misspelt_field_gets_the_nearest_name(void **state)
{
    assert_true(
        ioc_text_equal(ioc_schema_nearest(&schema, IOC_TEXT("deph_cm")), IOC_TEXT("depth_cm")));
    assert_int_equal(ioc_schema_nearest(&schema, IOC_TEXT("temperature")).length, 0);
}

static void hash_follows_meaning_but_not_looks(void **state)
{
    struct ioc_field copy[sizeof fields / sizeof *fields];
    const struct ioc_schema other = {schema.name, copy, schema.count};
    uint64_t hash = ioc_schema_hash(&schema);
    memcpy(copy, fields, sizeof fields);
    copy[DEPTH].decimals = 2;
    assert_true(ioc_schema_hash(&other) == hash);

    memcpy(copy, fields, sizeof fields);
    copy[DEPTH].unit = IOC_TEXT("m");
    assert_true(ioc_schema_hash(&other) != hash);
    memcpy(copy, fields, sizeof fields);
    copy[DEPTH].has_range = true;
    assert_true(ioc_schema_hash(&other) != hash);
    memcpy(copy, fields, sizeof fields);
    copy[STATION].personal = IOC_PERSONAL_NAME;
    assert_true(ioc_schema_hash(&other) != hash);
    memcpy(copy, fields, sizeof fields);
    copy[LABELS].of = IOC_INT;
    assert_true(ioc_schema_hash(&other) != hash);
    memcpy(copy, fields, sizeof fields);
    copy[STATION].is_optional = true;
    assert_true(ioc_schema_hash(&other) != hash);
    /* Letters that wander from one text into the next are not the same. */
    memcpy(copy, fields, sizeof fields);
    copy[DEPTH].name = IOC_TEXT("depth_c");
    copy[DEPTH].unit = IOC_TEXT("mcm");
    assert_true(ioc_schema_hash(&other) != hash);
}

/* A row with everything, in a block of its exact size so that ASan sees a byte too far. */
static struct ioc_row *make_row(void)
{
    struct ioc_draft draft = {0};
    struct ioc_ref list, pairs, any, text;
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("NM-Q4-017")), IOC_OK);
    ioc_draft_set_double(&draft, DEPTH, 31.5);
    ioc_draft_set_point(&draft, PLACE, (struct ioc_point){106.70, 10.77});
    ioc_draft_set_bool(&draft, FLAG, true);
    assert_int_equal(ioc_draft_cells(&draft, 2, &list), IOC_OK);
    assert_int_equal(ioc_draft_tail(&draft, "ngập", 6, &text), IOC_OK);
    ioc_draft_cell_set(&draft, list, 0, IOC_STRING, (union ioc_word){.ref = text});
    assert_int_equal(ioc_draft_cells(&draft, 2, &pairs), IOC_OK);
    ioc_draft_cell_set(&draft, pairs, 0, IOC_STRING, (union ioc_word){.ref = text});
    ioc_draft_cell_set(&draft, pairs, 1, IOC_INT, (union ioc_word){.i = 3});
    ioc_draft_cell_set(&draft, list, 1, IOC_MAP, (union ioc_word){.ref = {pairs.offset, 1}});
    assert_int_equal(ioc_draft_set_cells(&draft, LABELS, list), IOC_OK);
    assert_int_equal(
        ioc_draft_set_cells(&draft, EXTRAS, (struct ioc_ref){pairs.offset, 1}), IOC_OK);
    assert_int_equal(ioc_draft_cells(&draft, 1, &any), IOC_OK);
    ioc_draft_cell_set(&draft, any, 0, IOC_BOOL, (union ioc_word){.u = 1});
    assert_int_equal(ioc_draft_set_cells(&draft, ANY, any), IOC_OK);
    const struct ioc_row *row = ioc_draft_row(&draft);
    struct ioc_row *copy = malloc(row->bytes);
    memcpy(copy, row, row->bytes);
    ioc_draft_done(&draft);
    return copy;
}

static union ioc_word *word_of(struct ioc_row *row, ioc_slot slot)
{
    return (union ioc_word *)ioc_row_words(row) + slot;
}

static struct ioc_cell *cells_of(struct ioc_row *row, ioc_slot slot)
{
    return (struct ioc_cell *)ioc_row_cells(row, ioc_row_word(row, slot).ref);
}

static void row_from_a_draft_fits_its_schema(void **state)
{
    struct ioc_row *row = make_row();
    assert_true(ioc_schema_fits(&schema, row, row->bytes));
    assert_int_equal(cells_of(row, LABELS)[1].word.ref.count, 1);
    free(row);
}

static void row_of_another_schema_does_not_fit(void **state)
{
    struct ioc_row *row = make_row();
    const struct ioc_schema shorter = {schema.name, fields, schema.count - 1};
    assert_false(ioc_schema_fits(&shorter, row, row->bytes));
    free(row);
}

static void reference_out_of_the_row_does_not_fit(void **state)
{
    const ioc_slot slots[] = {STATION, PLACE, LABELS, EXTRAS, ANY};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        struct ioc_row *row = make_row();
        word_of(row, slots[i])->ref.offset = row->bytes - 8;
        word_of(row, slots[i])->ref.count = 9;
        assert_false(ioc_schema_fits(&schema, row, row->bytes));
        word_of(row, slots[i])->ref = (struct ioc_ref){UINT32_MAX - 7, UINT32_MAX};
        assert_false(ioc_schema_fits(&schema, row, row->bytes));
        free(row);
    }
}

static void cell_of_an_unknown_type_does_not_fit(void **state)
{
    struct ioc_row *row = make_row();
    cells_of(row, LABELS)[0].type = IOC_TYPES;
    assert_false(ioc_schema_fits(&schema, row, row->bytes));
    free(row);
}

/* Within the depth, but each list is eight times the next one: 8^14 visits, were they not counted. */
static void cells_that_are_used_again_and_again_do_not_fit(void **state)
{
    struct ioc_draft draft = {0};
    struct ioc_ref outer, inner;
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_cells(&draft, 8, &outer), IOC_OK);
    assert_int_equal(ioc_draft_set_cells(&draft, LABELS, outer), IOC_OK);
    for (int depth = 1; depth < IOC_CELL_DEPTH - 1; depth++, outer = inner) {
        assert_int_equal(ioc_draft_cells(&draft, 8, &inner), IOC_OK);
        for (uint32_t i = 0; i < outer.count; i++)
            ioc_draft_cell_set(&draft, outer, i, IOC_LIST, (union ioc_word){.ref = inner});
    }
    const struct ioc_row *row = ioc_draft_row(&draft);
    assert_false(ioc_schema_fits(&schema, row, row->bytes));
    ioc_draft_done(&draft);
}

static void cells_that_contain_themselves_do_not_fit(void **state)
{
    struct ioc_row *row = make_row();
    struct ioc_ref list = ioc_row_word(row, LABELS).ref;
    cells_of(row, LABELS)[1] = (struct ioc_cell){.word = {.ref = list}, .type = IOC_LIST};
    assert_false(ioc_schema_fits(&schema, row, row->bytes));
    free(row);
}

static void cells_nested_deeper_than_the_bound_do_not_fit(void **state)
{
    for (int depth = IOC_CELL_DEPTH; depth <= IOC_CELL_DEPTH + 1; depth++) {
        struct ioc_draft draft = {0};
        struct ioc_ref outer, inner;
        ioc_draft_begin(&draft, &schema);
        assert_int_equal(ioc_draft_cells(&draft, 1, &outer), IOC_OK);
        assert_int_equal(ioc_draft_set_cells(&draft, LABELS, outer), IOC_OK);
        for (int i = 1; i < depth; i++, outer = inner) {
            assert_int_equal(ioc_draft_cells(&draft, 1, &inner), IOC_OK);
            ioc_draft_cell_set(&draft, outer, 0, IOC_LIST, (union ioc_word){.ref = inner});
        }
        ioc_draft_cell_set(&draft, outer, 0, IOC_INT, (union ioc_word){.i = 1});
        const struct ioc_row *row = ioc_draft_row(&draft);
        assert_int_equal(ioc_schema_fits(&schema, row, row->bytes), depth == IOC_CELL_DEPTH);
        ioc_draft_done(&draft);
    }
}

/* Whatever a disk does to a row: the check says yes or no, and after a yes all of it can be read. */
static void row_with_any_byte_changed_can_be_checked_and_read(void **state)
{
    struct ioc_row *row = make_row();
    uint8_t *bytes = (uint8_t *)row;
    uint32_t length = row->bytes, fitting = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            if (ioc_schema_fits(&schema, row, length)) {
                fitting++;
                struct ioc_text text =
                    ioc_row_has(row, STATION) ? ioc_row_text(row, STATION) : IOC_TEXT("");
                for (uint32_t k = 0; k < text.length; k++)
                    sum += (uint8_t)text.data[k];
                if (ioc_row_has(row, PLACE))
                    sum += ioc_row_point(row, PLACE).longitude > 0;
                uint32_t cells = ioc_row_has(row, LABELS) ? ioc_row_word(row, LABELS).ref.count : 0;
                for (uint32_t k = 0; k < cells; k++)
                    sum += cells_of(row, LABELS)[k].type;
            }
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    assert_true(fitting > 0 && fitting < 8 * length && sum > 0);
    free(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_is_found_by_its_whole_name_only),
        cmocka_unit_test(misspelt_field_gets_the_nearest_name),
        cmocka_unit_test(hash_follows_meaning_but_not_looks),
        cmocka_unit_test(row_from_a_draft_fits_its_schema),
        cmocka_unit_test(row_of_another_schema_does_not_fit),
        cmocka_unit_test(reference_out_of_the_row_does_not_fit),
        cmocka_unit_test(cell_of_an_unknown_type_does_not_fit),
        cmocka_unit_test(cells_that_are_used_again_and_again_do_not_fit),
        cmocka_unit_test(cells_that_contain_themselves_do_not_fit),
        cmocka_unit_test(cells_nested_deeper_than_the_bound_do_not_fit),
        cmocka_unit_test(row_with_any_byte_changed_can_be_checked_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
