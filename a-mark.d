mark.o: src/mark.c src/blocks.h src/heap.h include/irqgc/irqgc.h \
 src/port.h ports/cortex_m/irqgc_port.h ports/cortex_m/../../src/names.h \
 src/names.h src/word.h src/collect.h src/records.h src/stacks.h
src/blocks.h:
src/heap.h:
include/irqgc/irqgc.h:
src/port.h:
ports/cortex_m/irqgc_port.h:
ports/cortex_m/../../src/names.h:
src/names.h:
src/word.h:
src/collect.h:
src/records.h:
src/stacks.h:
