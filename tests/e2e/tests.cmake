# Whole cities: real Mosquitto, real Redis, `ioc run`, `ioc wall`.  Exit 77 = what is needed is not here.
find_program(IOC_PYTHON python3)
foreach(name city refusal weather real)
    if(IOC_PYTHON)
        add_test(NAME e2e/${name} COMMAND ${IOC_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_${name}.py)
        set_tests_properties(e2e/${name} PROPERTIES TIMEOUT 300 LABELS e2e RUN_SERIAL TRUE SKIP_RETURN_CODE 77
            ENVIRONMENT "IOC=$<TARGET_FILE:ioc>;IOC_SHARED=${IOC_SHARED};PYTHONDONTWRITEBYTECODE=1")
    endif()
endforeach()

# The wall in a real browser: the page on a fake gateway, then the whole product.
find_program(IOC_BROWSER chromium PATHS /usr/bin)
if(IOC_PYTHON AND IOC_BROWSER)
    add_test(NAME e2e/page COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/page/run)
    add_test(NAME e2e/browser COMMAND ${IOC_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/e2e/browser/run)
    set_tests_properties(e2e/page e2e/browser PROPERTIES LABELS e2e RUN_SERIAL TRUE SKIP_RETURN_CODE 77 ENVIRONMENT
        "IOC=$<TARGET_FILE:ioc>;CHROMIUM=${IOC_BROWSER};IOC_PAGE_BUILD=${CMAKE_BINARY_DIR}/browser;PYTHONDONTWRITEBYTECODE=1")
    set_tests_properties(e2e/page PROPERTIES TIMEOUT 600)
    set_tests_properties(e2e/browser PROPERTIES TIMEOUT 300)
endif()
