// SPDX-License-Identifier: MIT
//
// The rig as firmware: the very program of the host (rig/host/main.c), on the
// little of POSIX that it uses, made of what a board has. Time is emulated, so
// that a run with the same options is the same run.
#include "start.h"

#include "board.h"
#include "rig/host/text.h"

enum { MAX_WORDS = 40, MAX_TEXT = 256 };

// Splits the text at spaces. Returns how many words there are.
static int words_split(char *text, char **words, int room) {
    int n = 0;
    for (char *at = text; *at != '\0'; at++) {
        const bool begins = at == text || at[-1] == '\0';
        if (*at == ' ') {
            *at = '\0';
        } else if (begins && n < room) {
            words[n++] = at;
        }
    }
    return n;
}

int main(void) {
    static char text[MAX_TEXT];
    static char *words[MAX_WORDS + 1];
    if (!board_arguments(text, sizeof text)) {
        die("the arguments are longer than %d bytes", MAX_TEXT);
    }
    words[0] = RIG_COMMAND;
    return rig_main(1 + words_split(text, words + 1, MAX_WORDS), words);
}
