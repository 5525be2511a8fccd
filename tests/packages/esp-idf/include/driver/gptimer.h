// SPDX-License-Identifier: MIT
//
// What the example takes of ESP-IDF's timer.
#include <stdbool.h>
#include <stdint.h>

typedef struct gptimer *gptimer_handle_t;
typedef struct {
    uint64_t alarm_value;
} gptimer_alarm_event_data_t;
enum { GPTIMER_CLK_SRC_DEFAULT, GPTIMER_COUNT_UP };
typedef struct {
    int clk_src, direction;
    uint32_t resolution_hz;
} gptimer_config_t;
typedef struct {
    uint64_t alarm_count;
    struct {
        unsigned auto_reload_on_alarm : 1;
    } flags;
} gptimer_alarm_config_t;
typedef struct {
    bool (*on_alarm)(gptimer_handle_t, const gptimer_alarm_event_data_t *,
                     void *);
} gptimer_event_callbacks_t;
int gptimer_new_timer(const gptimer_config_t *, gptimer_handle_t *);
int gptimer_set_alarm_action(gptimer_handle_t, const gptimer_alarm_config_t *);
int gptimer_register_event_callbacks(gptimer_handle_t,
                                     const gptimer_event_callbacks_t *, void *);
int gptimer_enable(gptimer_handle_t);
int gptimer_start(gptimer_handle_t);
