# SPDX-License-Identifier: MIT
"""Faults to plant in src/collect.pml, one at a time. SPIN must find each; or
it is harmless, and the model says so as long as it finds nothing."""
import typing


class Fault(typing.NamedTuple):
    name: str
    changes: list  # (text that occurs once, what it becomes)
    searches: tuple  # in this order
    harmless: str  # why, or ""


FAULTS = []


def fault(name, *changes, searches=("one",), harmless=""):
    FAULTS.append(Fault(name, list(changes), searches, harmless))


# ---- Beginning, clearing ---------------------------------------------------

fault("no CLEAR when a cycle begins instead of another",
      ("pc = (phase(mine) == IDLE -> MARK_LOOK : CLEAR_GROUP);",
       "pc = MARK_LOOK;"),
      ("(phase(mine) == IDLE -> MARK : CLEAR);", "MARK;"))
fault("begin: the state not compared",
      (":: state == mine ->\n                pc = (phase(mine)",
       ":: true ->\n                pc = (phase(mine)"))
fault("begin: the mark stack not emptied",
      ("                depth = 0;\n                stack = NONE;\n"
       "                overflowed = 0;\n", ""))
fault("clear: the state not compared",
      (":: state == mine ->\n                assert(entitled);\n"
       "                body = body & ~(head",
       ":: true ->\n                assert(entitled);\n"
       "                body = body & ~(head"))
fault("clear: the last group left",
      (":: i == GROUPS ->", ":: i == GROUPS - 1 ->"))
fault("end of CLEAR: the state not compared",
      (":: state == mine ->\n                assert(entitled);\n"
       "                assert(black == 0);",
       ":: true ->\n                assert(entitled);\n"
       "                assert(black == 0);"))
fault("collect: content with a cycle that began before",
      ("cycle(s) > cycle(called)", "cycle(s) >= cycle(called)"))
fault("collect: abandons a SWEEP, too",
      ("pc = (phase(s) == SWEEP -> SWEEP_LOOK : BEGIN)", "pc = BEGIN"))

fault("collect: waits for the one that it has preempted",
      ("pc = (phase(s) == SWEEP -> SWEEP_LOOK : BEGIN)",
       "pc = (phase(s) == SWEEP -> SWEEP_LOOK : "
       "(phase(s) == IDLE -> BEGIN : COLLECT))"),
      searches=("one-cycles",))

# ---- Marking ---------------------------------------------------------------

fault("make black: the state not compared",
      (":: state == mine && (white & bit(v)) ->",
       ":: (white & bit(v)) != 0 ->"))
fault("make black: not looked again",
      (":: state == mine && (white & bit(v)) ->", ":: state == mine ->"))
fault("in hand: never scanned",
      ("            b = v;\n            v = NONE;\n            back = OFF;\n"
       "            pc = SCAN_BODY;",
       "            due[me] = due[me] & ~bit(v);\n            b = NONE;\n"
       "            v = NONE;\n            back = OFF;\n"
       "            pc = DRAIN;"))
fault("in hand: taken for scanned when it is taken in hand",
      ("            b = v;\n            v = NONE;\n            back = OFF;\n"
       "            pc = SCAN_BODY;",
       "            due[me] = due[me] & ~bit(v);\n            b = v;\n"
       "            v = NONE;\n            back = OFF;\n"
       "            pc = SCAN_BODY;"))
fault("in hand: whatever the state is",
      ("                pc = (scans -> HAND : PUSH)\n"
       "            :: else -> pc = (scans -> SHADE_LOOK : SHADED)",
       "                pc = (scans -> HAND : PUSH)\n"
       "            :: else ->\n"
       "                if\n"
       "                :: scans -> due[me] = due[me] | bit(v)\n"
       "                :: else\n"
       "                fi;\n"
       "                pc = (scans -> HAND : SHADED)"),
      harmless="what is in hand is looked at again, and pushed in no state "
      "but its own")
fault("push: the state not compared",
      (":: state == mine ->\n                assert(entitled);\n"
       "                if\n                :: !depth",
       ":: true ->\n                assert(entitled);\n"
       "                if\n                :: !depth"))
fault("push: nothing where the stack is full",
      ("overflow = overflow | 1 << group(v);", "skip;"))
fault("pop: the state not compared",
      (":: state == mine && depth ->\n                assert(entitled);",
       ":: depth ->\n                assert(entitled);"),
      harmless="nothing is on the stack then")
fault("overflow: the state not compared when a bit is cleared",
      (":: state == mine ->\n                assert(entitled);\n"
       "                overflow = overflow & ~(1 << k);",
       ":: true ->\n                assert(entitled);\n"
       "                overflow = overflow & ~(1 << k);"),
      searches=("one", "collect-above"))
fault("overflow: a bit cleared after the work",
      ("                overflow = overflow & ~(1 << k);\n", ""),
      ("        k = NONE;\n        pc = OVER_BITS\n    :: else",
       "        overflow = overflow & ~(1 << k);\n"
       "        k = NONE;\n        pc = OVER_BITS\n    :: else"),
      searches=("collect-above",))
fault("overflow: `overflowed` cleared after the work",
      ("                overflowed = 0;\n                due[me] = over",
       "                due[me] = over"),
      ("                due[me] = 0;\n                pc = MARK_END",
       "                due[me] = 0;\n                pc = OVERFLOWED"),
      ("STORE, BARRIER\n", "STORE, BARRIER, OVERFLOWED\n"),
      ("    /* T10 mark.c",
       "    :: d_step { pc == OVERFLOWED ->\n"
       "            overflowed = 0;\n"
       "            pc = MARK_END;\n"
       "            invariants()\n"
       "        }\n\n    /* T10 mark.c"),
      searches=("collect-above",))
fault("end of MARK: the state not compared",
      (":: state == mine && (depth || overflowed) -> pc = DRAIN",
       ":: depth || overflowed -> pc = DRAIN"),
      (":: state == mine && !(depth || overflowed) ->",
       ":: !(depth || overflowed) ->"))
fault("end of MARK: an overflow not looked at",
      (":: state == mine && (depth || overflowed) -> pc = DRAIN",
       ":: state == mine && depth -> pc = DRAIN"),
      (":: state == mine && !(depth || overflowed) ->",
       ":: state == mine && !depth ->"))
fault("end of MARK: without a scan of one's own",
      (":: state == mine -> pc = ROOTS\n", ":: state == mine -> pc = DRAIN\n"))
fault("roots: stacks of preempted contexts left out",
      ("#define stack_word(n) (n & 1 ->",
       "#define stack_word(n) ((n) / 2 != me -> NONE : own_word(n))\n"
       "#define own_word(n) (n & 1 ->"))
fault("roots: the record of what is made left out",
      ("old[(n) / 2] : made[(n) / 2])", "old[(n) / 2] : NONE)"))
fault("roots: the record of what is moved left out",
      ("(n & 1 -> old[(n) / 2] : made", "(n & 1 -> NONE : made"))

# ---- Mutators ---------------------------------------------------------------

fault("store: no barrier",
      (":: me == 0 || fresh -> call_done()", ":: true -> call_done()"))
fault("new objects not shaded in MARK",
      (":: phase(state) == MARK ->\n                mine = state;\n"
       "                back = ALLOC_ZERO;",
       ":: false ->\n                mine = state;\n"
       "                back = ALLOC_ZERO;"))
fault("new objects white ahead of the sweep",
      (":: group(v) < unswept -> body = body | bit(v)\n", ":: false\n"))
fault("new objects black everywhere in SWEEP",
      (":: group(v) < unswept -> body", ":: phase(state) == SWEEP -> body"))
fault("new objects: colour chosen before the window",
      ("            pc = CLAIM\n", "            dead = unswept;\n"
       "            pc = CLAIM\n"),
      (":: group(v) < unswept -> body = body | bit(v)",
       ":: group(v) < dead -> body = body | bit(v)"))
fault("claim: not looked again",
      (":: !(head & bit(v)) ->\n                head = head |",
       ":: true ->\n                head = head |"))
fault("give back: a group stored as it was read",
      ("    byte dead; ", "    byte r_head; byte dead; "),
      ("            pc = FREE_GROUP\n",
       "            r_head = head & group_blocks(group(old[me]));\n"
       "            pc = FREE_GROUP\n"),
      ("            head = head & ~bit(old[me]);\n",
       "            head = (head & ~group_blocks(group(old[me]))) |\n"
       "                   (r_head & ~bit(old[me]));\n"
       "            r_head = 0;\n"))
fault("shade, then store",
      ("                pc = STORE\n            :: call",
       "                pc = (me == 0 || fresh -> STORE : BARRIER)\n"
       "            :: call"),
      ("                back = CALL;\n", "                back = STORE;\n"),
      ("            :: else -> call_done()\n            fi\n        }\n\n"
       "    /* ---- Alloc",
       "            :: else -> pc = STORE\n            fi\n        }\n\n"
       "    /* ---- Alloc"),
      ("    :: else ->\n        call_done()\n    fi;\n    back = OFF",
       "    :: else ->\n        pc = STORE\n    fi;\n    back = OFF"),
      (":: me == 0 || fresh -> call_done()", ":: true -> call_done()"),
      harmless="a cycle that begins in between is completed in between")

# ---- Sweeping ---------------------------------------------------------------

fault("sweep: the planes, then the cursor",
      ("                unswept = k - 1;\n                k--;\n"
       "                if\n                :: k > 0 -> pc = SWEEP_READ\n"
       "                :: else ->\n                    k = NONE;\n"
       "                    pc = SWEEP_LOOK\n                fi\n",
       "                pc = CURSOR\n"),
      ("STORE, BARRIER\n", "STORE, BARRIER, CURSOR\n"),
      ("    /* T12 sweep.c",
       "    :: d_step { pc == CURSOR ->\n"
       "            if\n"
       "            :: state == mine && unswept == k -> unswept = k - 1\n"
       "            :: else\n"
       "            fi;\n"
       "            k = NONE;\n"
       "            pc = SWEEP_LOOK;\n"
       "            invariants()\n"
       "        }\n\n    /* T12 sweep.c"))
fault("sweep: the cursor, then the planes",
      ("            pc = SWEEP_GROUP\n", "            pc = CURSOR\n"),
      ("STORE, BARRIER\n", "STORE, BARRIER, CURSOR\n"),
      (":: state == mine && unswept == k ->\n                assert(dead",
       ":: state == mine && unswept == k - 1 ->\n                assert(dead"),
      ("    /* T11 sweep.c",
       "    :: d_step { pc == CURSOR ->\n"
       "            if\n"
       "            :: state == mine && unswept == k ->\n"
       "                unswept = k - 1;\n"
       "                pc = SWEEP_GROUP\n"
       "            :: else ->\n"
       "                k = NONE;\n"
       "                dead = 0;\n"
       "                pc = SWEEP_LOOK\n"
       "            fi\n"
       "        }\n\n    /* T11 sweep.c"))
fault("sweep: a group stored as it was read",
      ("    byte dead; ", "    byte r_head; byte dead; "),
      ("            dead = white & group_blocks(k - 1);\n",
       "            dead = white & group_blocks(k - 1);\n"
       "            r_head = head & group_blocks(k - 1);\n"),
      ("                head = head & ~dead;\n",
       "                head = (head & ~group_blocks(k - 1)) | (r_head & ~dead);"
       "\n"),
      ("            dead = 0;\n            invariants()",
       "            dead = 0;\n            r_head = 0;\n"
       "            invariants()"))
fault("sweep: a group read in two steps",
      ("    byte dead; ", "    byte r_head; byte dead; "),
      ("SWEEP_READ, SWEEP_GROUP", "SWEEP_READ, SWEEP_BODY, SWEEP_GROUP"),
      ("            dead = white & group_blocks(k - 1);\n"
       "            pc = SWEEP_GROUP\n        }\n",
       "            r_head = head & group_blocks(k - 1);\n"
       "            pc = SWEEP_BODY\n        }\n\n"
       "    :: d_step { pc == SWEEP_BODY ->\n"
       "            dead = r_head & ~body;\n"
       "            r_head = 0;\n"
       "            pc = SWEEP_GROUP\n        }\n"))
fault("sweep: the cursor not compared",
      (":: state == mine && unswept == k ->", ":: state == mine ->"),
      searches=("one", "helpers-stop"))
fault("sweep: the state not compared",
      (":: state == mine && unswept == k ->", ":: unswept == k ->"),
      searches=("one", "helpers-stop"),
      harmless="the cursor tells: it is 0 after that sweep")
fault("end of SWEEP: the state not compared",
      (":: state == mine && unswept == 0 ->", ":: unswept == 0 ->"))
