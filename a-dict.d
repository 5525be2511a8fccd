dict.o: src/dict.c include/irqgc/dict.h include/irqgc/irqgc.h \
 src/collect.h src/heap.h src/port.h ports/cortex_m/irqgc_port.h \
 ports/cortex_m/../../src/names.h src/names.h src/word.h src/records.h \
 src/blocks.h
include/irqgc/dict.h:
include/irqgc/irqgc.h:
src/collect.h:
src/heap.h:
src/port.h:
ports/cortex_m/irqgc_port.h:
ports/cortex_m/../../src/names.h:
src/names.h:
src/word.h:
src/records.h:
src/blocks.h:
