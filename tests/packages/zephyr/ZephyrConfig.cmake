# SPDX-License-Identifier: MIT
#
# A stand-in for Zephyr's package: it evaluates the application's prj.conf, and
# has those functions of Zephyr that the module calls, which do what they are
# documented to do. The libraries are the result, and link-options.txt; image.mk
# makes an image of them.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
project(zephyr LANGUAGES C ASM)

file(WRITE "${CMAKE_BINARY_DIR}/board.conf" "CONFIG_${BOARD_SYMBOL}=y\n")
execute_process(
  COMMAND "${CMAKE_CURRENT_LIST_DIR}/kconfig.py" write "${CMAKE_BINARY_DIR}"
          "${CMAKE_CURRENT_SOURCE_DIR}/prj.conf" "${CMAKE_BINARY_DIR}/board.conf"
  RESULT_VARIABLE status OUTPUT_VARIABLE text)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "Kconfig: ${text}")
endif()
file(STRINGS "${CMAKE_BINARY_DIR}/.config" lines REGEX "^CONFIG_")
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([^=]*)=\"?([^\"]*)" found "${line}")
  set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
endforeach()

# As Zephyr compiles by default.
add_library(zephyr_interface INTERFACE)
target_include_directories(zephyr_interface INTERFACE
  "${CMAKE_CURRENT_LIST_DIR}/include" ${BOARD_LIBC})
target_compile_options(zephyr_interface INTERFACE
  "SHELL:-imacros ${CMAKE_BINARY_DIR}/autoconf.h" -Os -std=c17 -ffreestanding
  -fno-common -ffunction-sections -fdata-sections -fno-strict-aliasing -Wall
  -Wextra -Werror)

function(zephyr_compile_options)
  target_compile_options(zephyr_interface INTERFACE ${ARGV})
endfunction()
function(zephyr_include_directories)
  foreach(folder IN LISTS ARGV)
    get_filename_component(folder "${folder}" ABSOLUTE)
    target_include_directories(zephyr_interface INTERFACE "${folder}")
  endforeach()
endfunction()
function(zephyr_link_libraries)
  string(REPLACE ";" "\n" text "${ARGV}")
  file(APPEND "${CMAKE_BINARY_DIR}/link-options.txt" "${text}\n")
endfunction()
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC)
  target_link_libraries(${name} PUBLIC zephyr_interface)
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_library_include_directories)
  target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()

file(WRITE "${CMAKE_BINARY_DIR}/link-options.txt" "")
add_library(app STATIC)
target_link_libraries(app PRIVATE zephyr_interface)
target_compile_definitions(app PRIVATE main=app_main)
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
add_subdirectory("${root}/zephyr" modules/irqgc)
