# SPDX-License-Identifier: MIT
#
# How code is compiled that handles objects of the heap, so that a pointer into
# an object, or to its end, is there for as long as the object is needed:
# docs/derived.md. To be included; $(call derived_flags,COMPILER) are the flags
# for gcc or clang, which refuse each other's. With -flto clang's link takes
# $(call derived_link,COMPILER), too; gcc's takes what each unit was compiled
# with.
#
#   make -f derived.mk CC=clang    prints the flags

DERIVED_GCC = -fno-ivopts -fno-tree-loop-vectorize -DIRQGC_DERIVED=1
DERIVED_CLANG = -mllvm -disable-lsr -DIRQGC_DERIVED=1
DERIVED_CLANG_LINK = -Wl,-mllvm,-disable-lsr

derived_is_clang = $(findstring clang,$(shell $(firstword $(1)) --version \
                     2>&1))
derived_flags = $(if $(call derived_is_clang,$(1)),$(DERIVED_CLANG),$\
                $(DERIVED_GCC))
derived_link = $(if $(call derived_is_clang,$(1)),$(DERIVED_CLANG_LINK))

ifeq ($(lastword $(MAKEFILE_LIST)),$(firstword $(MAKEFILE_LIST)))
.PHONY: derived
derived:
	@echo "$(call derived_flags,$(CC))"
	@echo "with -flto, at the link: $(or $(call derived_link,$(CC)),nothing)"
endif
