# SPDX-License-Identifier: MIT
#
# The flags of derived.mk: derived_GCC and derived_CLANG, each a line, and
# derived_gnu and derived_clang, for target_compile_options.
foreach(compiler GCC CLANG)
  file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../derived.mk" line
       REGEX "^DERIVED_${compiler} = ")
  string(REGEX REPLACE "^[^=]*= " "" derived_${compiler} "${line}")
endforeach()
string(REPLACE " -D" ";-D" derived_gnu "${derived_GCC}")
string(REPLACE " -f" ";-f" derived_gnu "${derived_gnu}")
string(REPLACE " -D" ";-D" derived_clang "SHELL:${derived_CLANG}")
