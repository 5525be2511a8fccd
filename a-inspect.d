inspect.o: src/inspect.c src/blocks.h src/heap.h include/irqgc/irqgc.h \
 src/port.h ports/cortex_m/irqgc_port.h ports/cortex_m/../../src/names.h \
 src/names.h src/word.h src/counts.h src/misuse.h src/records.h
src/blocks.h:
src/heap.h:
include/irqgc/irqgc.h:
src/port.h:
ports/cortex_m/irqgc_port.h:
ports/cortex_m/../../src/names.h:
src/names.h:
src/word.h:
src/counts.h:
src/misuse.h:
src/records.h:
