# Programs that are tests but no unit tests.

# The CEL conformance suite (tests/conformance/cel runs it by hand).
add_executable(cel_conformance conformance/cel_conformance.c)
target_link_libraries(cel_conformance PRIVATE ioc_rules)
add_test(NAME conformance/cel COMMAND cel_conformance --passed ${CMAKE_CURRENT_SOURCE_DIR}/conformance/passed.txt
    ${IOC_SHARED}/data/cel-conformance/core.jsonl ${IOC_SHARED}/data/cel-conformance/ext.jsonl
    ${IOC_SHARED}/data/cel-conformance/optional.jsonl)
set_tests_properties(conformance/cel PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77 LABELS conformance)

# The JSON Schemas against the programs that read the files.  Exit 77 = Python's jsonschema or yaml is not here.
find_program(IOC_PYTHON python3)
if(IOC_PYTHON)
    add_test(NAME schema/files COMMAND ${IOC_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/schema/test_schema.py)
    set_tests_properties(schema/files PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77 LABELS schema
        ENVIRONMENT "IOC=$<TARGET_FILE:ioc>;PYTHONDONTWRITEBYTECODE=1")
endif()

# The city file is read by the front door.
target_link_libraries(fuzz_city PRIVATE ioc_config)

# Its evaluator without an index takes the place of the choice by the index.
target_link_options(rules_test_index PRIVATE -Wl,--wrap=ioc_index_select)

# Random expressions, run in every way there is; the same few of them each time (tests/fuzz/README.md has the long runs).
add_library(fuzz_expressions STATIC fuzz/agreement.c fuzz/constant.c fuzz/generator.c fuzz/generator_spoil.c fuzz/world.c)
target_link_libraries(fuzz_expressions PUBLIC ioc_rules)
add_executable(expressions fuzz/expressions.c)
target_link_libraries(expressions PRIVATE fuzz_expressions)
add_test(NAME fuzz/expressions COMMAND expressions --count 20000 --seed 1
    --splice ${IOC_SHARED}/data/cel-conformance/core.jsonl --splice ${IOC_SHARED}/data/cel-conformance/ext.jsonl)
set_tests_properties(fuzz/expressions PROPERTIES TIMEOUT 600)
target_link_libraries(fuzz_expression PRIVATE fuzz_expressions)
