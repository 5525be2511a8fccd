// SPDX-License-Identifier: MIT
#include "decode.h"

#include <stddef.h>
#include <string.h>

// What follows an opcode. Those in parentheses have an opcode in their ModRM
// byte where others have a register.
//
//   .  unknown                      n  nothing
//   m  ModRM          (o)           b  8 bits
//   s  ModRM; a store
//   M  ModRM, 8 bits  (O)           i  32 bits, or 16
//   I  ModRM, 32      (A)           v  32 bits, 16, or 64
//   t  (ModRM), and 8 bits if it is a test;  T  the same with 32
//   u  nothing; pushes              U  32 bits; pushes
//   p  nothing; pops                P  8 bits; pushes
//   c  8 bits; branches             C  32 bits; branches
//   j  8 bits; jumps                J  32 bits; jumps
//   k  32 bits; calls               f  (ModRM): counts, calls, jumps or pushes
//   r  nothing; returns             R  16 bits; returns
//   l  nothing; leaves the frame
//
// Unknown is all that lets the flag be seen (pushf, popf, system calls), that
// traps more than once (strings), and that names the stack pointer.
static const char one_byte[256] = "mmmmbi..mmmmbi.." // 00
                                  "mmmmbi..mmmmbi.."
                                  "mmmmbi..mmmmbi.."
                                  "mmmmbi..mmmmbi.."
                                  "................" // 40
                                  "uuuuuuuupppp.ppp"
                                  "...m....UIPM...."
                                  "cccccccccccccccc"
                                  "OA.Ommmmmsmm.m.." // 80
                                  "nnnn.nnnnn....nn"
                                  "........bi......"
                                  "bbbb.bbbvvvv.vvv"
                                  "OORr..OA.l......" // c0
                                  "oooo....oooooooo"
                                  "........kJ.j...."
                                  ".....ntTnn..nnof";

// After 0f.
static const char two_byte[256] = ".............o.." // 00
                                  "mmmmmmmmoooooooo"
                                  "........mmmmmmmm"
                                  ".n.............."
                                  "mmmmmmmmmmmmmmmm" // 40
                                  "mmmmmmmmmmmmmmmm"
                                  "mmmmmmmmmmmmmmmm"
                                  "MOOOmmmn....mmmm"
                                  "CCCCCCCCCCCCCCCC" // 80
                                  "mmmmmmmmmmmmmmmm"
                                  "..nmMm.....mMmom"
                                  "mm.m..mmm.Ommmmm"
                                  "mmMmMMM.nnnn.nnn" // c0
                                  "mmmmmmmmmmmmmmmm"
                                  "mmmmmmmmmmmmmmmm"
                                  "mmmmmmmmmmmmmmm.";

enum {
    SP = 4,
    BASE_64 = 5, // without a displacement: 32 bits from the instruction's end
};

// An instruction that is being read.
typedef struct {
    const uint8_t *at;
    bool is_short;   // 66
    uint8_t repeats; // f2, f3, or 0
    bool is_locked;
    bool is_elsewhere;  // fs, gs
    bool is_wide;       // W of REX or VEX
    unsigned reg_high;  // R, as 8
    unsigned base_high; // B
    unsigned source;    // of VEX
    bool is_vector;     // has VEX or EVEX
} reader_t;

static int32_t signed_read(reader_t *r, unsigned size) {
    uint32_t word = 0;
    memcpy(&word, r->at, size);
    r->at += size;
    const uint32_t sign = 1u << (8 * size - 1);
    return (int32_t)((word ^ sign) - sign);
}

// Of the usual size, which never is of 64 bits.
static int32_t immediate_read(reader_t *r) {
    return signed_read(r, r->is_short && !r->is_wide ? 2 : 4);
}

static bool prefix_read(reader_t *r) {
    switch (*r->at) {
    case 0x66:
        r->is_short = true;
        break;
    case 0xf2:
    case 0xf3:
        r->repeats = *r->at;
        break;
    case 0xf0:
        r->is_locked = true;
        break;
    case 0x64:
    case 0x65:
        r->is_elsewhere = true;
        break;
    case 0x2e:
    case 0x36:
    case 0x3e: // the other segments mean nothing
        break;
    default:
        return false;
    }
    r->at++;
    return true;
}

static void rex_read(reader_t *r) {
    if ((*r->at & 0xf0) == 0x40) {
        r->is_wide = (*r->at & 8) != 0;
        r->reg_high = (*r->at & 4) * 2u;
        r->base_high = (*r->at & 1) * 8u;
        r->at++;
    }
}

// ---- ModRM -----------------------------------------------------------------

typedef struct {
    unsigned mod, reg, base;
    int32_t offset;
    bool is_relative; // to the end of the instruction
} modrm_t;

static modrm_t modrm_read(reader_t *r) {
    const unsigned byte = *r->at++;
    modrm_t m = {.mod = byte >> 6, .reg = byte >> 3 & 7, .base = byte & 7};
    if (m.mod == 3) {
        return m;
    }
    unsigned base = m.base;
    if (m.base == SP) {
        base = *r->at++ & 7; // of the SIB byte
    }
    if (m.mod == 0 && base == BASE_64) {
        m.is_relative = m.base != SP;
        m.offset = signed_read(r, 4);
    } else if (m.mod != 0) {
        m.offset = signed_read(r, m.mod == 1 ? 1 : 4);
    }
    return m;
}

static bool names_stack(const reader_t *r, const modrm_t *m, bool has_reg) {
    const bool as_reg = has_reg && m->reg + r->reg_high == SP;
    const bool as_base = m->mod == 3 && m->base + r->base_high == SP;
    return as_reg || as_base || (r->is_vector && r->source == SP);
}

// ---- Kinds -----------------------------------------------------------------

static decode_t on(void) {
    return (decode_t){.flow = FLOW_ON};
}

static decode_t unknown(void) {
    return (decode_t){.flow = FLOW_UNKNOWN};
}

static decode_t pushes(void) {
    return (decode_t){.flow = FLOW_ON, .stack = -8};
}

// A store may name the stack pointer as what is stored.
static decode_t operands(reader_t *r, char kind, bool is_store) {
    const modrm_t m = modrm_read(r);
    const bool has_reg = kind == 'm' || kind == 'M' || kind == 'I';
    if (kind == 'M') {
        r->at++;
    } else if (kind == 'I') {
        (void)immediate_read(r);
    }
    return names_stack(r, &m, has_reg && !is_store) ? unknown() : on();
}

// Arithmetic with a constant, which is how frames are made.
static decode_t group(reader_t *r, char kind, uint8_t opcode) {
    enum { ADD = 0, SUB = 5, COMPARE = 7 };
    const modrm_t m = modrm_read(r);
    int32_t number = 0;
    if (kind == 'O') {
        number = signed_read(r, 1);
    } else if (kind == 'A') {
        number = immediate_read(r);
    }
    decode_t d = on();
    if ((opcode & 0xfe) == 0xc6 && m.reg != 0) {
        return unknown(); // transactions
    }
    if (!names_stack(r, &m, false)) {
        return d;
    }
    const bool adds = m.reg == ADD || m.reg == SUB || m.reg == COMPARE;
    if (!(opcode == 0x81 || opcode == 0x83) || !r->is_wide || !adds) {
        return unknown();
    }
    d.stack = m.reg == ADD ? number : m.reg == SUB ? -(int64_t)number : 0;
    return d;
}

static decode_t test_group(reader_t *r, char kind) {
    enum { TEST = 0 };
    const modrm_t m = modrm_read(r);
    if (m.reg <= TEST + 1 && kind == 't') {
        r->at++;
    } else if (m.reg <= TEST + 1) {
        (void)immediate_read(r);
    }
    return names_stack(r, &m, false) ? unknown() : on();
}

static decode_t last_group(reader_t *r) {
    enum { INC = 0, DEC = 1, CALL = 2, JUMP = 4, PUSH = 6 };
    const modrm_t m = modrm_read(r);
    decode_t d = on();
    if (names_stack(r, &m, false)) {
        return unknown();
    }
    if (m.reg == INC || m.reg == DEC) {
        return d;
    }
    d.stack = m.reg == JUMP ? 0 : -8;
    if (r->is_short || m.reg % 2 != 0) {
        return unknown();
    }
    if (m.reg == PUSH) {
        return d;
    }
    // Elsewhere a word may be read whose address is wrong.
    if (r->is_elsewhere || (m.mod != 3 && !m.is_relative)) {
        return unknown();
    }
    d.flow = m.reg == CALL ? FLOW_CALL : FLOW_JUMP;
    d.to = m.mod == 3 ? TO_REGISTER : TO_MEMORY;
    d.number = m.base + r->base_high;
    d.offset = m.offset;
    return d;
}

// What it is that goes elsewhere, or touches the stack, without a ModRM byte.
static decode_t flows(reader_t *r, char kind, uint8_t opcode) {
    decode_t d = on();
    switch (kind) {
    case 'P':
    case 'U':
        (void)signed_read(r, kind == 'P' ? 1 : 4);
        return pushes();
    case 'u':
        return pushes();
    case 'p':
        d.stack = 8;
        break;
    case 'c':
    case 'C':
        d.flow = FLOW_BRANCH;
        d.condition = opcode & 15;
        d.offset = signed_read(r, kind == 'c' ? 1 : 4);
        break;
    case 'j':
    case 'J':
        d.flow = FLOW_JUMP;
        d.offset = signed_read(r, kind == 'j' ? 1 : 4);
        break;
    case 'k':
        d.flow = FLOW_CALL;
        d.stack = -8;
        d.offset = signed_read(r, 4);
        break;
    case 'r':
        d.flow = FLOW_RETURN;
        d.stack = 8;
        break;
    case 'R':
        d.flow = FLOW_RETURN;
        d.stack = 8 + (uint16_t)signed_read(r, 2);
        break;
    case 'l':
        d.leaves_frame = true;
        d.stack = 8;
        break;
    default:
        return unknown();
    }
    return d;
}

static decode_t rest(reader_t *r, char kind, uint8_t opcode) {
    const bool is_store = kind == 's';
    if (strchr("smMI", kind) != NULL) {
        return operands(r, kind, is_store);
    }
    switch (kind) {
    case 'n':
        return on();
    case 'b':
        r->at++;
        return on();
    case 'i':
        (void)immediate_read(r);
        return on();
    case 'v':
        (void)immediate_read(r);
        r->at += r->is_wide ? 4 : 0;
        return on();
    case 'o':
    case 'O':
    case 'A':
        return group(r, kind, opcode);
    case 't':
    case 'T':
        return test_group(r, kind);
    case 'f':
        return last_group(r);
    default:
        return r->is_short ? unknown() : flows(r, kind, opcode);
    }
}

// ---- Maps ------------------------------------------------------------------

static decode_t of_one_byte(reader_t *r) {
    enum { PAUSE = 0x90, RETURN = 0xc3 };
    const uint8_t opcode = *r->at++;
    const bool may_repeat = opcode == PAUSE || opcode == RETURN;
    if (r->repeats != 0 && !(r->repeats == 0xf3 && may_repeat)) {
        return unknown();
    }
    return rest(r, one_byte[opcode], opcode);
}

static decode_t of_two_bytes(reader_t *r) {
    const uint8_t opcode = *r->at++;
    if (opcode == 0x38 || opcode == 0x3a) {
        r->at++;
        return operands(r, opcode == 0x38 ? 'm' : 'M', false);
    }
    return rest(r, two_byte[opcode], opcode);
}

// `map` 1 is that of 0f, which has no jumps here; 2 and 3 of 0f 38 and 0f 3a; 5
// and 6 exist with EVEX.
static decode_t of_vector(reader_t *r, unsigned map) {
    const uint8_t opcode = *r->at++;
    r->is_vector = true;
    if (r->is_short || r->repeats != 0 || r->is_locked) {
        return unknown();
    }
    const bool has_byte =
        map == 3 || (map == 1 && strchr("MO", two_byte[opcode]) != NULL);
    if (map == 1 && opcode == 0x77) {
        return on();
    }
    if (map == 1 && (opcode & 0xf0) == 0x80) {
        return unknown();
    }
    return operands(r, has_byte ? 'M' : 'm', false);
}

// Their bits are inverted.
static decode_t of_short_vex(reader_t *r) {
    const unsigned byte = *r->at++;
    r->reg_high = (byte & 0x80) != 0 ? 0 : 8;
    r->source = (~byte >> 3) & 15;
    return of_vector(r, 1);
}

static decode_t of_long_vex(reader_t *r) {
    const unsigned first = *r->at++;
    const unsigned second = *r->at++;
    const unsigned map = first & 31;
    r->reg_high = (first & 0x80) != 0 ? 0 : 8;
    r->base_high = (first & 0x20) != 0 ? 0 : 8;
    r->source = (~second >> 3) & 15;
    return map >= 1 && map <= 3 ? of_vector(r, map) : unknown();
}

static decode_t of_evex(reader_t *r) {
    const unsigned first = *r->at++;
    const unsigned second = *r->at++;
    const unsigned map = first & 7;
    r->at++;
    r->reg_high = (first & 0x80) != 0 ? 0 : 8;
    r->base_high = (first & 0x20) != 0 ? 0 : 8;
    r->source = (~second >> 3) & 15;
    const bool is_valid = (first & 8) == 0 && (second & 4) != 0;
    return is_valid && map != 0 && map != 4 && map != 7 ? of_vector(r, map)
                                                        : unknown();
}

static decode_t of_opcode(reader_t *r) {
    switch (*r->at) {
    case 0x0f:
        r->at++;
        return of_two_bytes(r);
    case 0x62:
        r->at++;
        return of_evex(r);
    case 0xc4:
        r->at++;
        return of_long_vex(r);
    case 0xc5:
        r->at++;
        return of_short_vex(r);
    default:
        return of_one_byte(r);
    }
}

decode_t decode(const uint8_t *code) {
    reader_t r = {.at = code};
    while (prefix_read(&r)) {
    }
    rex_read(&r);
    decode_t d = of_opcode(&r);
    d.length = (unsigned)(r.at - code);
    return d;
}

// ---- Conditions ------------------------------------------------------------

bool decode_holds(unsigned condition, uint64_t flags) {
    const bool carry = (flags & 0x001) != 0;
    const bool parity = (flags & 0x004) != 0;
    const bool zero = (flags & 0x040) != 0;
    const bool sign = (flags & 0x080) != 0;
    const bool overflow = (flags & 0x800) != 0;
    const bool of_pairs[8] = {overflow,
                              carry,
                              zero,
                              carry || zero,
                              sign,
                              parity,
                              sign != overflow,
                              zero || sign != overflow};
    const bool is_negated = condition % 2 != 0;
    return of_pairs[condition / 2] != is_negated;
}
