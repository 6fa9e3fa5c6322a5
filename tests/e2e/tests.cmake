# Whole cities: real Mosquitto, real Redis, `ioc run`, `ioc wall`.  Exit 77 = what is needed is not here.
find_program(IOC_PYTHON python3)
foreach(name city refusal weather real)
    if(IOC_PYTHON)
        add_test(NAME e2e/${name} COMMAND ${IOC_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_${name}.py)
        set_tests_properties(e2e/${name} PROPERTIES TIMEOUT 300 LABELS e2e RUN_SERIAL TRUE SKIP_RETURN_CODE 77
            ENVIRONMENT "IOC=$<TARGET_FILE:ioc>;IOC_SHARED=${IOC_SHARED};PYTHONDONTWRITEBYTECODE=1")
    endif()
endforeach()
