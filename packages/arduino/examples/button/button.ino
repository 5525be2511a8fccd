// One core, no RTOS: a core that runs loop() as a task is not for irqgc yet.
//
// Each press of the button makes a record in the interrupt's handler; loop()
// takes them, in the order in which they came, and prints them.

#define IRQGC_USES_KEEP 1 // Arduino hands no flags on: see IRQGC_KEEP below
#include <irqgc.h>

struct press {
  press *next;
  unsigned long at;
};

const int button = 2;
static irqgc_t *heap;
static press *presses; // the latest first; a registered root

static void on_press() {
  press *p = (press *)irqgc_alloc(heap, sizeof(press), 0);
  if (p == NULL) {
    return; // there is no room, and none can be made here
  }
  p->at = millis();
  do { // a more urgent handler may push in between
    p->next = presses;
  } while (!irqgc_compare_and_store(heap, (void **)&presses, p->next, p));
  IRQGC_KEEP(p); // it was needed up to here
}

void setup() {
  static char memory[4096];
  static irqgc_root_t root;
  irqgc_region_t region = {memory, sizeof memory};
  irqgc_config_t config = {};
  config.regions = &region;
  config.n_regions = 1;
  Serial.begin(115200);
  pinMode(button, INPUT_PULLUP);
  if (irqgc_init(&heap, &config) != IRQGC_OK ||
      irqgc_root_add(heap, &root, &presses, sizeof presses) != IRQGC_OK) {
    Serial.println("no heap");
    return;
  }
  attachInterrupt(digitalPinToInterrupt(button), on_press, FALLING);
}

void loop() {
  if (heap == NULL) {
    return;
  }
  press *taken = (press *)irqgc_exchange(heap, (void **)&presses, NULL);
  press *in_order = NULL;
  while (taken != NULL) { // the thread stores plainly
    press *next = taken->next;
    taken->next = in_order;
    in_order = taken;
    taken = next;
  }
  for (press *p = in_order; p != NULL; p = p->next) {
    Serial.println(p->at);
    IRQGC_KEEP(p);
  }
  IRQGC_KEEP(in_order); // and nothing reaches them any more
  irqgc_collect(heap);
}
