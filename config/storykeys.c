/*
 * config/storykeys.c — the keys and words of story files.
 */
#include "config/citykeys.h"
#include "rules/rulekeys.h"

const char *const ioc_story_commands[] = {"acknowledge", "unacknowledge", "shelve", "unshelve", "note", NULL};
const char *const ioc_story_words[] = {"raise", "clear", "worse", "better", "doubtful", "pending", "acknowledge", "shelve", "refused", NULL};
static const char *const true_alone[] = {"true", NULL};
static const char *const none[] = {"none", NULL};

/* ------------------------------------------------------------- inputs */

/* A word that stands with the full id of a rule. */
#define RULE(word, help_, help_vi_) {.key = word, .type = IOC_OPTION_TEXT, .help = help_, .help_vi = help_vi_, .example = "drainage/street-depth"}
static const struct ioc_option event_number = {.key = "NUMBER", .type = IOC_OPTION_DOUBLE};
static const struct ioc_option event_forms[] = {
    {.key = "VALUE", .type = IOC_OPTION_SCALAR},
    {.key = "POINT", .type = IOC_OPTION_LIST, .low = 2, .high = 2, .inside = &event_number},
    IOC_OPTION_END};
static const struct ioc_option event_field = {.key = "FIELD", .type = IOC_OPTION_EITHER, .inside = event_forms};
static const struct ioc_option event = {.key = "STREAM", .type = IOC_OPTION_TABLE, .others = &event_field,
    .help = "an event of that stream; its time field is the moment of the input, unless it is written; a point is [longitude, latitude]",
    .help_vi = "một sự kiện của luồng đó; điểm viết [kinh độ, vĩ độ]", .example = "{station: S17, depth_cm: 48}"};
static const struct ioc_option input_keys[] = {
    {.key = "at", .type = IOC_OPTION_SPAN, .is_required = true, .help = "time after the start", .help_vi = "thời điểm sau khi bắt đầu", .example = "5m"},
    {.key = "every", .type = IOC_OPTION_SPAN, .help = "between repetitions", .help_vi = "khoảng cách giữa các lần lặp", .otherwise = "0s", .example = "1m"},
    {.key = "times", .type = IOC_OPTION_INT, .low = 1, .high = 100000, .help = "how often in all", .help_vi = "số lần", .otherwise = "1", .example = "3"},
    RULE("acknowledge", "a person acknowledges the alert of this rule", "người trực xác nhận cảnh báo của quy tắc này"),
    RULE("unacknowledge", "takes an acknowledgement back", "rút lại xác nhận"),
    RULE("shelve", "shelves the alert; with until and reason", "tạm gác cảnh báo; cần until và reason"),
    RULE("unshelve", "ends the shelving", "thôi tạm gác"),
    RULE("note", "a note to the alert; the text is its reason", "ghi chú cho cảnh báo; nội dung ở reason"),
    {.key = "key", .type = IOC_OPTION_TEXT, .help = "of a command: the alert's key", .help_vi = "với lệnh: khóa của cảnh báo", .example = "S17"},
    {.key = "until", .type = IOC_OPTION_SPAN, .help = "of a command: its end, after this moment", .help_vi = "với lệnh: kết thúc sau bao lâu", .example = "2h"},
    {.key = "by", .type = IOC_OPTION_TEXT, .help = "of a command: who gives it", .help_vi = "với lệnh: người ra lệnh", .otherwise = "local:story", .example = "an"},
    {.key = "reason", .type = IOC_OPTION_TEXT, .help = "of a command: why", .help_vi = "với lệnh: lý do", .example = "pump test"},
    {.key = "source_down", .type = IOC_OPTION_CHOICE, .choices = true_alone, .help = "the sources are gone from now on", .help_vi = "nguồn mất kết nối từ lúc này", .example = "true"},
    {.key = "source_drained", .type = IOC_OPTION_CHOICE, .choices = true_alone, .help = "they are back, and what waited has come", .help_vi = "nguồn đã trở lại và gửi hết dữ liệu chờ", .example = "true"},
    IOC_OPTION_END};
static const struct ioc_option input = {.key = "INPUT", .type = IOC_OPTION_TABLE, .shared = "input", .inside = input_keys, .others = &event,
    .help = "What happens at a moment: an event under the name of its stream, a person's command, or a source that goes or comes",
    .help_vi = "Điều xảy ra tại một thời điểm: sự kiện dưới tên luồng, lệnh của người trực, hoặc nguồn mất hay trở lại"};

/* ------------------------------------------------------------- expectations */

static const struct ioc_option expectation_keys[] = {
    {.key = "at", .type = IOC_OPTION_SPAN, .help = "time after the start", .help_vi = "thời điểm sau khi bắt đầu", .otherwise = "any time", .example = "7m"},
    RULE("raise", "rule whose alert is raised", "quy tắc báo động"),
    RULE("clear", "rule whose alert ends", "quy tắc kết thúc cảnh báo"),
    RULE("worse", "rule whose alert gets worse", "quy tắc có cảnh báo nặng thêm"),
    RULE("better", "rule whose alert gets better", "quy tắc có cảnh báo nhẹ đi"),
    RULE("doubtful", "rule whose sensor fell silent", "quy tắc có cảm biến im lặng"),
    RULE("pending", "rule whose hold began; looked at where a story names it", "quy tắc bắt đầu chờ; chỉ xét khi kịch bản nêu"),
    RULE("acknowledge", "rule whose alert a person acknowledged; looked at where a story names it", "quy tắc có cảnh báo được xác nhận; chỉ xét khi kịch bản nêu"),
    RULE("shelve", "rule whose alert a person shelved; looked at where a story names it", "quy tắc có cảnh báo được tạm gác; chỉ xét khi kịch bản nêu"),
    {.key = "refused", .type = IOC_OPTION_TEXT, .help = "why a command was refused; looked at where a story names it",
        .help_vi = "lý do lệnh bị từ chối; chỉ xét khi kịch bản nêu", .example = "reason-missing"},
    {.key = "key", .type = IOC_OPTION_TEXT, .help = "the alert's key", .help_vi = "khóa của cảnh báo", .otherwise = "any key", .example = "S17"},
    {.key = "severity", .type = IOC_OPTION_CHOICE, .choices = ioc_rule_severities, .help = "its severity", .help_vi = "mức độ", .otherwise = "any severity"},
    {.key = "message", .type = IOC_OPTION_TEXT, .help = "a part of its message, in either language", .help_vi = "một phần của thông báo, bằng một trong hai ngôn ngữ",
        .otherwise = "any message", .example = "24.5 cm"},
    IOC_OPTION_END};
static const struct ioc_option expectation = {.key = "EXPECTATION", .type = IOC_OPTION_TABLE, .shared = "expectation", .inside = expectation_keys,
    .help = "One transition that must come, in this order", .help_vi = "Một thay đổi phải xảy ra, theo thứ tự này"};
static const struct ioc_option expect_forms[] = {
    {.key = "NONE", .type = IOC_OPTION_CHOICE, .choices = none},
    {.key = "LIST", .type = IOC_OPTION_LIST, .inside = &expectation},
    IOC_OPTION_END};

/* ------------------------------------------------------------- a file */

static const struct ioc_option story_keys[] = {
    {.key = "name", .type = IOC_OPTION_TEXT, .help = "what it shows, as a sentence", .help_vi = "điều kịch bản chứng minh, viết thành câu", .otherwise = "nothing is printed",
        .example = "one spike raises nothing"},
    {.key = "start", .type = IOC_OPTION_TEXT, .fallback = "2026-01-05T08:00:00+07:00", .help = "when it begins; the default is a Monday", .help_vi = "thời điểm bắt đầu; mặc định là thứ Hai"},
    {.key = "play", .type = IOC_OPTION_LIST, .inside = &input, .help = "what happens", .help_vi = "những gì xảy ra", .otherwise = "nothing happens"},
    {.key = "until", .type = IOC_OPTION_SPAN, .help = "when it ends, after its start", .help_vi = "kết thúc sau khi bắt đầu bao lâu", .otherwise = "at the last input", .example = "1h"},
    {.key = "expect", .type = IOC_OPTION_EITHER, .is_required = true, .inside = expect_forms,
        .help = "all of raise, clear, worse, better and doubtful that must come, in order; or none", .help_vi = "mọi thay đổi phải xảy ra, theo thứ tự; hoặc none"},
    IOC_OPTION_END};
static const struct ioc_option story = {.key = "STORY", .type = IOC_OPTION_TABLE, .shared = "story", .inside = story_keys,
    .help = "One story: what happens and what must come of it", .help_vi = "Một kịch bản: điều xảy ra và kết quả phải có"};

static const struct ioc_option rule_file = {.key = "FILE", .type = IOC_OPTION_TEXT};
static const struct ioc_option rules_forms[] = {
    {.key = "FILE", .type = IOC_OPTION_TEXT},
    {.key = "FILES", .type = IOC_OPTION_LIST, .low = 1, .high = 64, .inside = &rule_file},
    {.key = "RULES", .type = IOC_OPTION_LIST, .low = 1, .inside = &ioc_rule_form},
    IOC_OPTION_END};
static const struct ioc_option file_keys[] = {
    {.key = "city", .type = IOC_OPTION_TEXT, .is_required = true, .help = "city file, beside this one: streams, tables, areas, profiles",
        .help_vi = "tệp thành phố: luồng, bảng, khu vực, profile", .example = "../city.yaml"},
    {.key = "rules", .type = IOC_OPTION_EITHER, .inside = rules_forms, .help = "rule files, or rules written right here", .help_vi = "các tệp quy tắc, hoặc quy tắc viết ngay tại đây",
        .otherwise = "the city's", .example = "[../rules/drainage.yaml]"},
    {.key = "owner", .type = IOC_OPTION_TEXT, .pattern = "^[a-z0-9_-]{1,64}$", .help = "department of rules written here", .help_vi = "phòng ban của quy tắc viết tại đây",
        .fallback = "story", .example = "drainage"},
    {.key = "stories", .type = IOC_OPTION_LIST, .is_required = true, .low = 1, .inside = &story, .help = "the stories", .help_vi = "các kịch bản"},
    IOC_OPTION_END};
const struct ioc_option ioc_story_form = {.key = "FILE", .type = IOC_OPTION_TABLE, .shared = "stories", .inside = file_keys,
    .help = "Stories: tests of rules, run by `ioc test` (config/manual/rules.md)", .help_vi = "Kịch bản: kiểm thử quy tắc bằng `ioc test` (config/manual/rules.md)"};
