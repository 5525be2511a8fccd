free.o: src/free.c src/blocks.h src/heap.h include/irqgc/irqgc.h \
 src/port.h ports/cortex_m/irqgc_port.h ports/cortex_m/../../src/names.h \
 src/names.h src/word.h src/counts.h src/hints.h src/hook.h \
 include/irqgc/trace.h src/misuse.h src/records.h src/release.h
src/blocks.h:
src/heap.h:
include/irqgc/irqgc.h:
src/port.h:
ports/cortex_m/irqgc_port.h:
ports/cortex_m/../../src/names.h:
src/names.h:
src/word.h:
src/counts.h:
src/hints.h:
src/hook.h:
include/irqgc/trace.h:
src/misuse.h:
src/records.h:
src/release.h:
