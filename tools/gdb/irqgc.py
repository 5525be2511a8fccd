# SPDX-License-Identifier: MIT
"""Shows an irqgc heap in gdb: on a halted board, in a live process, in a core.

    (gdb) source tools/gdb/irqgc.py
    (gdb) help irqgc

It calls no function of the program, and only reads its memory. Where things
are it takes from the debug information, so irqgc's own sources are compiled
with -g, at any level of optimisation. docs/debugging.md tells how to use it.

Below come, in this order: what is read from debug information and memory; what
is found out of that; what is printed.
"""
import bisect
import collections
import functools
import os
import re
import struct

import gdb


class Trouble(Exception):
    """What the user is told instead of an answer."""


# ---- Layouts ----------------------------------------------------------------


Field = collections.namedtuple("Field", "type bitpos")


def fields_of(struct_type, bitpos=0):
    """Its fields by name, with those of unions that have none."""
    fields = {}
    for f in struct_type.fields():
        at = bitpos + f.bitpos
        fields.update({f.name: Field(f.type, at)} if f.name else
                      fields_of(f.type, at))
    return fields


class Shape:
    """Where the fields of a struct are, and how large they are."""

    def __init__(self, struct_type):
        struct_type = struct_type.strip_typedefs()
        self.size = struct_type.sizeof
        self.fields = fields_of(struct_type)

    def field(self, name):
        if name not in self.fields:
            raise Trouble(f"this irqgc has no field `{name}`: the tool is of "
                          "another version")
        return self.fields[name]

    def offset(self, name):
        return self.field(name).bitpos // 8

    def target(self, name):
        """The shape of what a field points at, or of an array's elements."""
        return Shape(self.field(name).type.strip_typedefs().target())


def heap_shape():
    try:
        return Shape(gdb.lookup_type("struct irqgc"))
    except gdb.error:
        raise Trouble("no debug information about the heap: compile irqgc's "
                      "sources (src/*.c) with -g, and load that program "
                      "(`file PROGRAM`)") from None


def enumeration(constant):
    """All constants of the enumeration that has this one, by name."""
    symbols = gdb.lookup_static_symbols(constant)
    if not symbols:
        raise Trouble(f"the debug information does not tell `{constant}`: "
                      "compile all of irqgc's sources with -g")
    return {f.name: f.enumval for f in symbols[0].type.fields()}


def is_heap_pointer(value_type):
    value_type = value_type.strip_typedefs()
    return (value_type.code == gdb.TYPE_CODE_PTR and
            value_type.target().strip_typedefs().tag == "irqgc")


def symbol_value(name):
    """A variable's value as a number, or None."""
    try:
        address = int(gdb.parse_and_eval(f"(char *)&{name}"))
        size = gdb.lookup_type("char").pointer().sizeof
        return Memory().number(address, size)
    except (gdb.error, Trouble):
        return None


def symbol_address(name):
    try:
        return int(gdb.parse_and_eval(f"(char *)&{name}"))
    except gdb.error:
        return None


def address_name(address):
    """`table + 8`, or nothing."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    match = re.match(r"(.+) in section ", text)
    return match.group(1) if match else ""


# ---- Memory -----------------------------------------------------------------


class Memory:
    """The target's memory, read in pieces that a debug probe is quick with."""
    PAGE = 4096
    MOST = 1 << 30 # bytes at a time; of more, a damaged heap tells

    def __init__(self):
        self.inferior = gdb.selected_inferior()
        if self.inferior.pid == 0:
            raise Trouble("nothing to look at: run the program, load a core "
                          "file, or connect to a board (`target remote`)")
        endian = gdb.execute("show endian", to_string=True)
        self.order = "big" if "big endian" in endian else "little"
        self.pages = {}

    def exactly(self, address, size):
        """Reads just that: where reading has effects, or the edge is near."""
        try:
            return bytes(self.inferior.read_memory(address, size))
        except (gdb.error, OverflowError, ValueError):
            raise Trouble(f"the memory at {address:#x} cannot be read") \
                from None

    def page(self, n):
        """None: not all of it can be read."""
        if n not in self.pages:
            try:
                self.pages[n] = self.exactly(n * self.PAGE, self.PAGE)
            except Trouble:
                self.pages[n] = None
        return self.pages[n]

    def page_part(self, address, end):
        n, low = divmod(address, self.PAGE)
        page = self.page(n)
        return self.exactly(address, end - address) if page is None else \
            page[low:low + end - address]

    def bytes(self, address, size):
        if size > self.MOST:
            raise Trouble(f"{size:,} bytes at {address:#x}: there cannot be "
                          "so many")
        end = address + size
        starts = [address] + [n * self.PAGE for n in range(
            address // self.PAGE + 1, -(-end // self.PAGE))]
        return b"".join(map(self.page_part, starts, starts[1:] + [end]))

    def number(self, address, size):
        return int.from_bytes(self.exactly(address, size), self.order)

    def words(self, address, n, size):
        code = ("<" if self.order == "little" else ">") + \
            f"{n}{'Q' if size == 8 else 'I'}"
        return struct.unpack(code, self.bytes(address, n * size)) if n else ()

    def fields(self, shape, address):
        """The numbers and pointers of a struct, by name."""
        raw = self.bytes(address, shape.size)
        return {name: int.from_bytes(raw[f.bitpos // 8:][:f.type.sizeof],
                                     self.order)
                for name, f in shape.fields.items()
                if f.type.strip_typedefs().code in (gdb.TYPE_CODE_INT,
                                                    gdb.TYPE_CODE_PTR)}


# ---- The heap ---------------------------------------------------------------

Region = collections.namedtuple("Region", "base first n_blocks")
Record = collections.namedtuple("Record", "address block")
Root = collections.namedtuple("Root", "node start n_words")
Object = collections.namedtuple("Object", "block n_blocks address size "
                                "is_black is_plain is_held")

MOST_GROUPS = 1 << 24
MOST_NODES = 1 << 16


def bits(words, n):
    """'0' and '1' for the lowest n bits of each word, bit 0 first."""
    mask = (1 << n) - 1
    return "".join(format(w & mask, f"0{n}b")[::-1] for w in words)


class Heap:
    """A heap as it is in memory. What cannot be read is Trouble when it is
    asked for, not before."""

    def __init__(self, address, name):
        self.address, self.name = address, name
        self.memory = Memory()
        self.shape = heap_shape()
        self.raw = self.memory.fields(self.shape, address)
        self.word = self.shape.field("n_groups").type.sizeof
        self.all_ones = (1 << 8 * self.word) - 1
        constants = enumeration("BLOCK_BYTES")
        self.block_bytes = constants["BLOCK_BYTES"]
        self.group_blocks = enumeration("GROUP_BLOCKS")["GROUP_BLOCKS"]
        self.phases = enumeration("CYCLE_ONE")

    def __getattr__(self, name):
        """The fields of struct irqgc that are numbers or pointers."""
        raw = self.__dict__.get("raw", {})
        if name not in raw:
            raise AttributeError(name)
        return raw[name]

    def nodes(self, first, shape, link, what):
        """The nodes of a list, as (address, fields)."""
        seen = set()
        while first != 0:
            if first in seen or len(seen) > MOST_NODES:
                raise Trouble(f"{what} have no end: the one at {first:#x} "
                              "comes again")
            seen.add(first)
            fields = self.memory.fields(shape, first)
            yield first, fields
            first = fields[link]

    # -- State

    @property
    def cycle(self):
        return self.state // self.phases["CYCLE_ONE"]

    @property
    def phase(self):
        """Its name, or None if there is no such phase."""
        number = self.state & self.phases["PHASE_MASK"]
        names = {self.phases[n]: n for n in ("IDLE", "CLEAR", "MARK", "SWEEP")}
        return names.get(number)

    # -- Layout

    @functools.cached_property
    def regions(self):
        shape = self.shape.target("regions")
        start = self.address + self.shape.offset("regions")
        if not 0 < self.n_regions < MOST_NODES:
            raise Trouble(f"a heap of {self.n_regions} regions: it is "
                          "damaged, or there is no heap at "
                          f"{self.address:#x}")
        return [Region(f["base"], f["first"], f["n_blocks"]) for f in (
            self.memory.fields(shape, start + i * shape.size)
            for i in range(self.n_regions))]

    @functools.cached_property
    def bases(self):
        return [r.base for r in self.regions]

    def address_block(self, address):
        """The block that holds it, or None."""
        i = bisect.bisect(self.bases, address) - 1
        if i < 0:
            return None
        region = self.regions[i]
        n = (address - region.base) // self.block_bytes
        return region.first + n if n < region.n_blocks else None

    def block_address(self, block):
        """None: the block has no memory."""
        for r in self.regions:
            if r.first <= block < r.first + r.n_blocks:
                return r.base + (block - r.first) * self.block_bytes
        return None

    # -- The truth

    @functools.cached_property
    def planes(self):
        """The words of each plane, by name."""
        if not 0 < self.n_groups <= MOST_GROUPS:
            raise Trouble(f"a heap of {self.n_groups} groups: it is damaged, "
                          f"or there is no heap at {self.address:#x}")
        shape = self.shape.target("groups")
        stride = shape.size // self.word
        words = self.memory.words(self.groups, self.n_groups * stride,
                                  self.word)
        return {name: words[shape.offset(name) // self.word::stride]
                for name in ("head", "body", "plain", "held")}

    @functools.cached_property
    def cells(self):
        """A character for each block, as irqgc_dump has them."""
        head, body = (bits(self.planes[name], self.group_blocks)
                      for name in ("head", "body"))
        for r in self.regions:
            if r.first + r.n_blocks >= len(head):
                raise Trouble(f"the region at {r.base:#x} has block "
                              f"{r.first + r.n_blocks}, and there are "
                              f"{len(head)}")
        cell = {("0", "0"): ".", ("1", "0"): "o",
                ("0", "1"): "=", ("1", "1"): "*"}
        return "".join(map(cell.get, zip(head, body)))

    def has_bit(self, plane, block):
        group, i = divmod(block, self.group_blocks)
        return self.planes[plane][group] >> i & 1 != 0

    def region_cells(self, region):
        return self.cells[region.first:region.first + region.n_blocks]

    @functools.cached_property
    def objects(self):
        """In the order of addresses; what ends a region is none."""
        return [Object(b, n, region.base + (b - region.first) *
                       self.block_bytes, n * self.block_bytes,
                       self.cells[b] == "*", self.has_bit("plain", b),
                       self.has_bit("held", b))
                for region in self.regions
                for m in re.finditer(r"[o*]=*", self.region_cells(region))
                for b, n in [(region.first + m.start(), m.end() - m.start())]]

    @functools.cached_property
    def heads(self):
        return [o.block for o in self.objects]

    @functools.cached_property
    def by_block(self):
        return {o.block: o for o in self.objects}

    def object_at(self, address):
        """The object that this address points into, or None."""
        block = self.address_block(address)
        if block is None:
            return None
        i = bisect.bisect(self.heads, block) - 1
        o = self.objects[i] if i >= 0 else None
        return o if o and block < o.block + o.n_blocks else None

    def object_from(self, address):
        """The object that starts at this address, or None."""
        if address % self.block_bytes != 0:
            return None
        return self.by_block.get(self.address_block(address))

    def is_dead(self, o):
        """The sweep under way has found it unreachable."""
        return (self.phase == "SWEEP" and not o.is_black and
                o.block // self.group_blocks < self.unswept)

    def object_words(self, o):
        return self.memory.words(o.address, o.size // self.word, self.word)

    # -- What waits

    @functools.cached_property
    def marks(self):
        """Blocks on the mark stack."""
        if self.mark_depth > self.mark_capacity:
            raise Trouble(f"the mark stack has {self.mark_depth} entries of "
                          f"{self.mark_capacity}")
        return self.memory.words(self.mark_stack, self.mark_depth, self.word)

    def map_words(self, n):
        return -(-n // (8 * self.word))

    # -- Hints

    @property
    def n_classes(self):
        return enumeration("N_CLASSES")["N_CLASSES"]

    @functools.cached_property
    def hint_levels(self):
        """Where each level is, and how many rows it has."""
        field = self.shape.field("hints")
        size = field.type.strip_typedefs().sizeof // self.word
        if not 0 < self.n_levels <= size:
            raise Trouble(f"I12: hints of {self.n_levels} levels, and there is "
                          f"room for {size}")
        starts = self.memory.words(self.address + field.bitpos // 8,
                                   self.n_levels, self.word)
        n, levels = self.n_groups, []
        for at in starts:
            n = self.map_words(n)
            levels.append((at, n))
        return levels

    @functools.cached_property
    def open_number(self):
        """Which group is open, or None."""
        size = self.shape.target("groups").size
        k, rest = divmod(self.open - self.groups, size)
        return k if rest == 0 and 0 <= k < self.n_groups else None

    def free_text(self, k):
        """The blocks of a group: '.' those that are free."""
        return self.cells[k * self.group_blocks:(k + 1) * self.group_blocks]

    def hinted_free(self, k):
        """The same as hints show it: of the open group, as it was when it was
        opened."""
        if self.open == 0 or k != self.open_number:
            return self.free_text(k)
        return bits([self.open_free], self.group_blocks).replace("1", ".")

    def class_maps(self, free):
        """Which maps of hints a group with these free blocks is in."""
        c = free_class(free)
        return [c > 0] + [c == i for i in range(2, self.n_classes + 1)]

    @functools.cached_property
    def overflow_groups(self):
        """Groups whose black heads are all to be scanned once more."""
        words = self.memory.words(self.overflow, self.map_words(self.n_groups),
                                  self.word)
        return {i for i, bit in enumerate(bits(words, 8 * self.word))
                if bit == "1"}

    def waits(self, o):
        """To be scanned."""
        return self.phase == "MARK" and o.is_black and (
            o.block in self.marks or
            o.block // self.group_blocks in self.overflow_groups)

    # -- Lists

    @functools.cached_property
    def record_list(self):
        shape = self.shape.target("records")
        return [Record(at, f["object"] if f["object"] != self.all_ones
                       else None)
                for at, f in self.nodes(self.records, shape, "below",
                                        "the records of operations")]

    @functools.cached_property
    def root_list(self):
        shape = self.shape.target("roots")
        return [Root(at, f["start"], f["n_words"])
                for at, f in self.nodes(self.roots, shape, "next",
                                        "the registered ranges")]

    @functools.cached_property
    def in_operation(self):
        return {r.block for r in self.record_list}

    def counts(self):
        """The counted calls, of the thread and of handlers."""
        field = self.shape.field("counts")
        shape = Shape(field.type.strip_typedefs().target())
        at = self.address + field.bitpos // 8
        return [self.memory.fields(shape, at + i * shape.size)
                for i in range(2)]


# ---- Finding the heap -------------------------------------------------------


class Chosen:
    """The heap that the user has named, until the program ends."""
    address = None
    name = ""
    variables = None # of the type irqgc_t *, in all the program; None: unknown

    @classmethod
    def forget(cls, _event):
        cls.address = None

    @classmethod
    def look_again(cls, _event):
        cls.variables = None


gdb.events.exited.connect(Chosen.forget)
gdb.events.new_objfile.connect(Chosen.look_again)
gdb.events.clear_objfiles.connect(Chosen.look_again)


def variables_named_heap():
    symbols = gdb.lookup_static_symbols("heap")
    symbols += [s for s in [gdb.lookup_global_symbol("heap")] if s]
    return [f"'{s.symtab.filename}'::heap" for s in symbols
            if s.is_variable and is_heap_pointer(s.type)]


def variables_all():
    """Takes seconds in a program with much debug information."""
    if Chosen.variables is not None:
        return Chosen.variables
    text = gdb.execute("info variables -q -n -t irqgc", to_string=True)
    file, found = "", []
    for line in text.splitlines():
        if line.startswith("File "):
            file = line[len("File "):].rstrip(":")
        name = re.search(r"\*(?: *(?:const|volatile) )*(\w+);$", line)
        if name:
            found.append(f"'{file}'::{name.group(1)}")
    Chosen.variables = found
    return found


def heaps_at(expressions):
    """(address, expression) for those of the type irqgc_t *."""
    found = []
    for expression in expressions:
        try:
            value = gdb.parse_and_eval(expression)
            if is_heap_pointer(value.type):
                found.append((int(value), expression))
        except gdb.error:
            continue
    return found


def frame_symbols(frame):
    """Parameters and variables, from the innermost block on."""
    try:
        block = frame.block()
    except RuntimeError:
        return
    while block and not block.is_global and not block.is_static:
        yield from (s for s in block if s.is_argument or s.is_variable)
        block = block.superblock


def frame_heaps():
    """(address, how it was found), from the newest frame on."""
    for frame in frames():
        for symbol in frame_symbols(frame):
            if is_heap_pointer(symbol.type):
                value = frame.read_var(symbol)
                if not value.is_optimized_out:
                    yield int(value), f"{symbol.name} of {frame.name() or '?'}"


def heap_found():
    """(address, how it was found)"""
    variables = heaps_at(variables_named_heap())
    alive = [f for f in variables if f[0]] or \
        [f for f in frame_heaps() if f[0]][:1]
    if not variables and not alive:
        variables = heaps_at(variables_all())
        alive = [f for f in variables if f[0]]
    if len({address for address, _ in alive}) > 1:
        raise Trouble("which heap? Say `irqgc heap EXPR`: " +
                      ", ".join(name for _, name in alive))
    if alive:
        return alive[0]
    if variables:
        raise Trouble(f"{variables[0][1]} is NULL: irqgc_init has not run yet")
    raise Trouble("no variable of the type irqgc_t * is to be found: say "
                  "`irqgc heap EXPR`")


def heap_named(text):
    value = gdb.parse_and_eval(text)
    if value.type.strip_typedefs().tag == "irqgc":
        value = value.address
    if int(value) == 0:
        raise Trouble(f"{text} is NULL: irqgc_init has not run yet")
    return int(value), text


def heap_now():
    Memory()
    heap_shape()
    if Chosen.address is None:
        return Heap(*heap_found())
    return Heap(Chosen.address, Chosen.name)


# ---- Frames, stacks, registers ----------------------------------------------

Stack = collections.namedtuple("Stack", "low high what")


def frames():
    """From the newest on, as far as gdb can unwind."""
    try:
        frame = gdb.newest_frame()
        for _ in range(1000):
            yield frame
            frame = frame.older()
            if frame is None:
                return
    except gdb.error:
        return


def frame_stack_pointers():
    """(stack pointer, "frame #1, main") of each frame."""
    found = []
    for frame in frames():
        try:
            sp = int(frame.read_register("sp"))
        except (gdb.error, ValueError):
            break
        found.append((sp, f"frame #{frame.level()}, {frame.name() or '?'}"))
    return found


def registers():
    """(name, value) of those that hold a word, in the newest frame."""
    try:
        frame = gdb.newest_frame()
        listed = [r.name for r in frame.architecture().registers("general")]
    except gdb.error:
        return []
    found = []
    for name in listed:
        try:
            value = frame.read_register(name)
            found.append((name, int(value.cast(
                gdb.lookup_type("char").pointer()))))
        except (gdb.error, ValueError):
            continue
    return found


def auxiliary(name):
    """What the kernel has told a Linux program, or None."""
    try:
        text = gdb.execute("info auxv", to_string=True)
    except gdb.error:
        return None
    match = re.search(rf"{name} .* (0x[0-9a-f]+)", text)
    return int(match.group(1), 16) if match else None


def vector_stack_base():
    """The first word of a Cortex-M's vector table."""
    try:
        table = Memory().number(0xE000ED08, 4)
        return Memory().number(table, 4)
    except Trouble:
        return None


def stack_bases():
    """Where the stacks end that the ports know of."""
    bases = []
    if symbol_address("irqgc_posix_stack_base") is not None:
        bases = [symbol_value("irqgc_posix_stack_base") or
                 auxiliary("AT_RANDOM")]
    elif symbol_address("irqgc_cortex_m_main_stack_base") is not None:
        bases = [symbol_value("irqgc_cortex_m_main_stack_base") or
                 vector_stack_base(),
                 symbol_value("irqgc_cortex_m_process_stack_base")]
    elif symbol_address("irqgc_riscv_depth") is not None:
        bases = [symbol_address("__stack_top")]
    return [base for base in bases if base]


def red_zone():
    """Bytes below the stack pointer that are in use."""
    name = gdb.newest_frame().architecture().name()
    return 128 if name.startswith("i386:x86-64") else 0


class Stacks:
    """What of the stacks a collection would scan, if it began now."""

    def __init__(self, heap):
        self.heap = heap
        self.frames = frame_stack_pointers()
        self.notes = []
        self.range_shape = None

    @functools.cached_property
    def listed(self):
        """The nodes of irqgc_stack_add, as fields."""
        firsts = [s for s in gdb.lookup_static_symbols("first")
                  if s.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and
                  s.type.strip_typedefs().target().strip_typedefs().tag ==
                  "irqgc_stack"]
        if not firsts:
            return []
        shape = Shape(firsts[0].type.strip_typedefs().target())
        self.range_shape = shape.target("ranges")
        return [f for _, f in self.heap.nodes(
            int(firsts[0].value()), shape, "next", "the listed stacks")]

    def end(self, pointer):
        """Where the stack ends that it points into, or None."""
        ends = [f["high"] for f in self.listed
                if f["low"] < pointer <= f["high"]]
        ends = ends or [b for b in stack_bases() if pointer <= b]
        return min(ends) if ends else None

    def pointers(self):
        """Of the newest frame and, where the older ones are on another stack,
        of these; and those that the core has registers for."""
        special = [v for n, v in registers() if n in ("msp", "psp")]
        return [sp for sp, _ in self.frames] + special

    @functools.cached_property
    def running(self):
        found = {}
        for pointer in self.pointers():
            end = self.end(pointer)
            if end is None:
                self.notes.append(f"no stack is known at {pointer:#x}; it is "
                                  "left out")
            else:
                found[end] = min(found.get(end, end), pointer)
        zone = red_zone() if found else 0
        return [Stack(low - zone, high, "running")
                for high, low in found.items()]

    def left(self, fields):
        """Where a listed stack was left."""
        low, high, saved = fields["low"], fields["high"], fields["saved"]
        if saved:
            at = self.heap.memory.number(saved, self.heap.word)
            if low <= at <= high:
                return at
        return low

    def listed_parts(self):
        memory = self.heap.memory
        ends = {s.high for s in self.running}
        for f in self.listed:
            if f["high"] not in ends:
                yield Stack(self.left(f), f["high"], "listed")
            for i in range(min(f["n_ranges"], MOST_NODES)):
                part = memory.fields(self.range_shape,
                                     f["ranges"] + i * self.range_shape.size)
                yield Stack(part["start"], part["start"] + part["size"],
                            "a listed stack's range")

    @functools.cached_property
    def all(self):
        return self.running + list(self.listed_parts())

    def frame_at(self, address):
        """The frame that a word of the stack belongs to."""
        for i, (sp, name) in enumerate(self.frames):
            older = self.frames[i + 1:]
            is_last = not older or older[0][0] < sp
            if (sp <= address or i == 0 and address >= sp - red_zone()) and \
                    (is_last or address < older[0][0]):
                return name if not is_last else f"{name} or before"
        return ""


# ---- Who points where -------------------------------------------------------

# Words that may point at objects: a root's, a stack's, the registers'.
Source = collections.namedtuple("Source", "kind address words names")

# A word of a source, or of an object, and how it points.
Link = collections.namedtuple("Link", "source index word target how")

# How a word points, and whether each collection takes it for a pointer.
WITHOUT_STACKS, NARROW, WIDE = range(3) # what a collection looks at
COUNTS = {"at its start": True, "into it": True, "just before it": True,
          "just past its end": False}


class Reach:
    """What keeps objects alive, by the rules of src/mark.c."""
    BEFORE = 8 # bytes before an object that a stack's word may be

    def __init__(self, heap):
        self.heap = heap
        self.stacks = Stacks(heap)
        self.notes = self.stacks.notes
        self.low = min(heap.bases) - self.BEFORE
        last = heap.regions[-1]
        self.high = last.base + last.n_blocks * heap.block_bytes

    def range_source(self, kind, low, high):
        word = self.heap.word
        low = -(-low // word) * word
        try:
            words = self.heap.memory.words(low, max(high - low, 0) // word,
                                           word)
        except Trouble as trouble:
            self.notes.append(f"{kind} {low:#x}: {trouble}; it is left out")
            words = ()
        return Source(kind, low, words, None)

    @functools.cached_property
    def sources(self):
        heap = self.heap
        found = [self.range_source("root", r.start,
                                   r.start + r.n_words * heap.word)
                 for r in heap.root_list]
        for stack in self.stacks.all:
            found.append(self.range_source("stack", stack.low, stack.high))
        listed = registers()
        found.append(Source("register", 0, [v for _, v in listed],
                            [n for n, _ in listed]))
        return found

    def object_source(self, o):
        words = () if o.is_plain else self.heap.object_words(o)
        return Source("object", o.address, words, None)

    def is_exact(self, source):
        return source.kind in ("root", "object") and \
            not self.heap.interior_pointers

    def targets(self, source, word):
        """(object, how) for what a word points at."""
        heap = self.heap
        if self.is_exact(source):
            o = heap.object_from(word)
            return [(o, "at its start")] if o else []
        found = []
        o = heap.object_at(word)
        if o:
            found = [(o, "at its start" if o.address == word else "into it")]
        if source.kind in ("root", "object"):
            return found
        before = heap.object_at(word - 1)
        if before and before is not o:
            found.append((before, "just past its end"))
        behind = -word % heap.block_bytes
        if 0 < behind <= self.BEFORE:
            after = heap.object_from(word + behind)
            if after:
                found.append((after, "just before it"))
        return found

    def links(self, source):
        for i, word in enumerate(source.words):
            if self.low <= word <= self.high:
                for o, how in self.targets(source, word):
                    yield Link(source, i, word, o, how)

    def beginnings(self, seen_by):
        """(object, why) for what is alive by itself."""
        heap = self.heap
        for o in heap.objects:
            if o.is_held:
                yield o, "held"
        for record in heap.record_list:
            if record.block in heap.by_block:
                yield heap.by_block[record.block], record
        for source in self.sources:
            if source.kind != "root" and seen_by == WITHOUT_STACKS:
                continue
            for link in self.links(source):
                if COUNTS[link.how] or seen_by == WIDE:
                    yield link.target, link

    def parents(self, seen_by, target=None):
        """For each object that is reached, by its block, why: a beginning, or
        a link from another object. Stops at the target."""
        parents = {}
        queue = collections.deque()

        def reached(o, why):
            if o.block not in parents:
                parents[o.block] = why
                queue.append(o)

        for o, why in self.beginnings(seen_by):
            reached(o, why)
        while queue:
            o = queue.popleft()
            if o is target:
                break
            for link in self.links(self.object_source(o)):
                reached(link.target, link)
        return parents

    def path(self, target):
        """From what is alive by itself to the target: (why, object), first to
        last; empty if nothing reaches it. Whether only a wide scan sees it."""
        for seen_by in (WITHOUT_STACKS, NARROW, WIDE):
            path = self.path_back(self.parents(seen_by, target), target)
            if path:
                return path[::-1], seen_by == WIDE
        return [], False

    def path_back(self, parents, o):
        path = []
        while o and o.block in parents:
            why = parents[o.block]
            path.append((why, o))
            from_object = isinstance(why, Link) and why.source.kind == "object"
            o = self.heap.object_from(why.source.address) if from_object \
                else None
        return path

    def referrers(self, low, high):
        """Words from low up to and including high, in roots, on stacks, in
        registers and in objects, also those that no collection counts."""
        every = self.sources + [self.object_source(o)
                                for o in self.heap.objects]
        for source in every:
            for i, word in enumerate(source.words):
                if low - self.BEFORE <= word <= high:
                    yield Link(source, i, word, None, "")


# ---- The invariants ---------------------------------------------------------


def free_class(cells):
    """The size class of a group, from its blocks: src/word.h."""
    longest = max((len(run) for run in re.findall(r"\.+", cells)), default=0)
    return longest.bit_length() + (longest > 2)


class Check:
    """Looks for what DESIGN.md numbers, as irqgc_check does, but for all that
    is broken, and for what points at no object."""
    def __init__(self, heap):
        self.heap = heap
        self.broken = []
        self.notes = []
        for part in (self.layout, self.regions, self.state, self.planes,
                     self.sentinels, self.colours, self.counters, self.hints,
                     self.waiting, self.lists, self.pointers):
            try:
                part()
            except Trouble as trouble:
                if str(trouble) not in self.broken:
                    self.broken.append(str(trouble))

    def say(self, invariant, text):
        self.broken.append(f"I{invariant}: {text}")

    def place(self, block):
        address = self.heap.block_address(block)
        where = "without memory" if address is None else f"at {address:#x}"
        group = block // self.heap.group_blocks
        return f"block {block} {where}, of group {group}"

    def layout(self):
        h = self.heap
        n_words = h.map_words(h.n_groups)
        word = h.word
        rows = [n for _, n in h.hint_levels]
        sizes = [("groups", h.shape.offset("regions") + h.address,
                  h.n_regions * h.shape.target("regions").size),
                 ("overflow", h.groups,
                  h.n_groups * h.shape.target("groups").size),
                 ("tails", h.overflow, n_words * word),
                 ("mark_stack", h.hint_levels[0][0],
                  sum(rows) * h.n_classes * word)]
        found = [(name, h.raw[name], start + size)
                 for name, start, size in sizes]
        after = h.tails + n_words * word
        for level, (at, n_rows) in enumerate(h.hint_levels):
            found.append((f"hints[{level}]", at, after))
            after = at + n_rows * h.n_classes * word
        for name, at, should in found:
            if at != should:
                self.say(12, f"`{name}` is {at:#x}, and should be "
                         f"{should:#x}, right behind what comes before it")
        if rows[-1] != 1 or 1 in rows[:-1]:
            self.say(12, f"`n_levels` is {h.n_levels}, and the hints of "
                     f"{h.n_groups} groups have others")

    def regions(self):
        h = self.heap
        first = above = total = 0
        for i, r in enumerate(h.regions):
            end = r.base + r.n_blocks * h.block_bytes
            if r.first != first:
                self.say(12, f"region {i} begins with block {r.first}, and "
                         f"should with {first}")
            if r.base % h.block_bytes or r.base < above or end <= r.base or \
                    end > h.all_ones or r.base < h.address < end:
                self.say(12, f"region {i}, {r.base:#x} to {end:#x}, is not "
                         "aligned, not behind the one before, or over the "
                         "heap's own data")
            above = end
            total += r.n_blocks
            first += (r.n_blocks // h.group_blocks + 1) * h.group_blocks
        if total != h.n_blocks:
            self.say(12, f"`n_blocks` is {h.n_blocks}, and the regions have "
                     f"{total}")
        if first != h.n_groups * h.group_blocks:
            self.say(12, f"`n_groups` is {h.n_groups}, and the regions have "
                     f"{first // h.group_blocks}")

    def state(self):
        h = self.heap
        if h.phase is None:
            self.say(7, f"`state` is {h.state:#x}, which is no phase")
        elif h.phase == "SWEEP" and h.unswept > h.n_groups:
            self.say(7, f"{h.unswept} groups are unswept of {h.n_groups}")
        elif h.phase != "SWEEP" and h.unswept != 0:
            self.say(7, f"`unswept` is {h.unswept}, though nothing sweeps")

    def planes(self):
        h = self.heap
        beyond = h.all_ones ^ ((1 << h.group_blocks) - 1)
        for k, (head, body) in enumerate(zip(h.planes["head"],
                                             h.planes["body"])):
            if (head | body) & beyond:
                self.say(1, f"group {k} tells of more blocks than a group has")
        starts = {r.first for r in h.regions}
        for m in re.finditer(r"=+", h.cells):
            if m.start() in starts or h.cells[m.start() - 1] == ".":
                self.say(1, f"{self.place(m.start())}, is a tail, with no "
                         "object before it that it belongs to")

    def sentinels(self):
        h = self.heap
        for i, r in enumerate(h.regions):
            b = r.first + r.n_blocks
            room = h.group_blocks - b % h.group_blocks
            cells = h.cells[b:b + room]
            if not re.fullmatch(r"[o*]=*", cells) or len(cells) != room or \
                    not (h.has_bit("held", b) and h.has_bit("plain", b)):
                self.say(1, f"what ends region {i} ({self.place(b)}) is not "
                         "one object that is held and has no pointers")

    def colours(self):
        h = self.heap
        first = {"IDLE": 0, "SWEEP": h.unswept}.get(h.phase)
        if first is None:
            return
        for m in re.finditer(r"\*", h.cells[first * h.group_blocks:]):
            self.say(4, f"{self.place(first * h.group_blocks + m.start())}, "
                     "is a black head, " +
                     ("though nothing collects" if h.phase == "IDLE" else
                      "though its group has been swept"))

    def counters(self):
        h = self.heap
        counted = (h.given - h.taken) & h.all_ones
        free = h.cells.count(".")
        if free != counted:
            self.say(5, f"`given` - `taken` is {counted}, and {free} blocks "
                     "are free")

    def hint_maps(self, level):
        """A set of groups for each size class; of words of the level below,
        for those above."""
        h = self.heap
        at, n_rows = h.hint_levels[level]
        words = h.memory.words(at, n_rows * h.n_classes, h.word)
        return [{i for i, bit in enumerate(bits(words[c::h.n_classes],
                                                8 * h.word)) if bit == "1"}
                for c in range(h.n_classes)]

    def hints(self):
        h = self.heap
        levels = [self.hint_maps(i) for i in range(len(h.hint_levels))]
        n_bits = h.n_groups
        for i, (maps, what) in enumerate(zip(
                levels, ["group"] + ["word"] * len(levels))):
            beyond = [k for found in maps for k in found if k >= n_bits]
            if beyond:
                self.say(2, f"a hint tells of {what} {beyond[0]}" +
                         (f" of level {i - 1}" if i else "") +
                         f", and there are {n_bits}")
            n_bits = h.hint_levels[i][1]
        self.open_group()
        if h.record_list:
            return # they may be about to be corrected
        wrong = [k for k in range(h.n_groups)
                 if [k in found for found in levels[0]] !=
                 h.class_maps(h.hinted_free(k))]
        if wrong:
            self.notes.append(
                f"hints are wrong for {plural(len(wrong), 'group')}, the first "
                f"is {wrong[0]}: searches take longer, nothing else")
        for i, (below, above) in enumerate(zip(levels, levels[1:])):
            wrong = sorted({w for less, more in zip(below, above)
                            for w in {k // (8 * h.word) for k in less} ^ more})
            if wrong:
                self.notes.append(
                    f"hints of level {i + 1} are wrong for "
                    f"{plural(len(wrong), 'word')} of level {i}, the first is "
                    f"{wrong[0]}: searches take longer, nothing else")

    def open_group(self):
        """There is one in IDLE only, and allocations take its address from
        `open_at`."""
        h = self.heap
        if h.open == 0:
            return
        if h.open_number is None:
            self.say(2, f"`open` is {h.open:#x}, where no group is")
            return
        at = h.block_address(h.open_number * h.group_blocks)
        if h.phase is not None and h.phase != "IDLE":
            self.say(2, f"group {h.open_number} is open in a collection")
        elif h.open_at != at:
            self.say(2, f"`open_at` is {h.open_at:#x}, and group "
                     f"{h.open_number} begins at " +
                     ("no memory" if at is None else f"{at:#x}"))

    def waiting(self):
        h = self.heap
        if h.mark_depth > h.mark_capacity:
            self.say(8, f"the mark stack has {h.mark_depth} entries of "
                     f"{h.mark_capacity}")
            return
        for b in h.marks:
            if b >= h.n_groups * h.group_blocks:
                self.say(8, f"block {b} is on the mark stack, and there are "
                         f"{h.n_groups * h.group_blocks}")
        beyond = [k for k in h.overflow_groups if k >= h.n_groups]
        if beyond:
            self.say(8, f"group {beyond[0]} waits to be scanned again, and "
                     f"there are {h.n_groups}")

    def lists(self):
        _ = self.heap.record_list
        for root in self.heap.root_list:
            self.heap.memory.words(root.start, min(root.n_words, MOST_GROUPS),
                                   self.heap.word)

    def pointers(self):
        """Words that point at no object, or at one that is about to be freed:
        in roots, and in objects that something reaches."""
        reach = Reach(self.heap)
        if self.broken:
            return # then nobody knows what is reachable
        parents = reach.parents(NARROW)
        alive = [self.heap.by_block[b] for b in sorted(parents)]
        sources = [s for s in reach.sources if s.kind == "root"] + \
            [reach.object_source(o) for o in alive]
        for source in sources:
            for i, word in enumerate(source.words):
                self.pointer(Link(source, i, word, None, ""))

    def pointer(self, link):
        h = self.heap
        if link.word % h.block_bytes or h.address_block(link.word) is None:
            return
        o = h.object_at(link.word)
        if o is None:
            self.notes.append(f"{link_text(link)} points at a free block, "
                              f"{link.word:#x}: of an object that was freed, "
                              "or an old word")
        elif h.is_dead(o) and o.address == link.word:
            self.notes.append(f"{link_text(link)} points at {o.address:#x}, "
                              "which the sweep under way frees: stored "
                              "without irqgc_store, or an old word")


def masked():
    """Whether the target masks interrupts; None: who knows."""
    if symbol_address("irqgc_posix_masked") is not None:
        return int(gdb.parse_and_eval("*(int *)&irqgc_posix_masked")) != 0
    values = dict(registers())
    for name in ("primask", "basepri"):
        if values.get(name):
            return True
    return False if "primask" in values else None


# ---- Texts ------------------------------------------------------------------


def bytes_text(n):
    return f"{n:,} byte" if n == 1 else f"{n:,} bytes"


def plural(n, one, many=None):
    return f"{n:,} {one}" if n == 1 else f"{n:,} {many or one + 's'}"


def link_text(link, stacks=None):
    """Where a word is."""
    source = link.source
    if source.kind == "register":
        return f"register {source.names[link.index]}"
    offset = link.index * gdb.lookup_type("char").pointer().sizeof
    at = source.address + offset
    if source.kind == "object":
        return f"object {source.address:#x} + {offset}"
    if source.kind == "root":
        name = address_name(at)
        return f"root {name}" if name else f"root at {at:#x}"
    frame = stacks.frame_at(at) if stacks else ""
    return f"stack word at {at:#x}" + (f" ({frame})" if frame else "")


def why_text(why, stacks):
    if why == "held":
        return "held (IRQGC_HELD)"
    if isinstance(why, Record):
        return f"a call under way works on it (record at {why.address:#x})"
    how = "" if why.how == "at its start" else f", {why.how}"
    return link_text(why, stacks) + how


def object_text(o):
    return f"{o.address:#x}, {bytes_text(o.size)}"


def collection_text(h):
    if h.phase is None:
        return f"damaged: the state is {h.state:#x}"
    if h.phase == "IDLE":
        return "none under way; " + (f"the last was cycle {h.cycle}"
                                     if h.cycle else "there was none yet")
    if h.phase == "CLEAR":
        return f"cycle {h.cycle} takes back the marks of one that it replaces"
    if h.phase == "MARK":
        black = sum(o.is_black for o in h.objects)
        waiting = sum(map(h.waits, h.objects))
        return (f"cycle {h.cycle} marks: {black} of "
                f"{plural(len(h.objects), 'object')} reached so far, "
                f"{waiting} of them to be scanned")
    dead = [o for o in h.objects if h.is_dead(o)]
    return (f"cycle {h.cycle} sweeps: {h.unswept} of {h.n_groups} groups to "
            f"go, there {plural(len(dead), 'object')} to be freed, "
            f"{bytes_text(sum(o.size for o in dead))}")


def show(lines):
    gdb.write("".join(line + "\n" for line in lines))


# ---- irqgc heap -------------------------------------------------------------


def figure_lines(h):
    block = h.block_bytes
    free = [len(run) for r in h.regions
            for run in re.findall(r"\.+", h.region_cells(r))]
    used = h.n_blocks - sum(free)
    held = sum(o.is_held for o in h.objects)
    plain = sum(o.is_plain for o in h.objects)
    yield f"heap at {h.address:#x} ({h.name})"
    yield (f"  size         {bytes_text(h.n_blocks * block)}: "
           f"{plural(h.n_blocks, 'block')} of {block} bytes in "
           f"{plural(h.n_groups, 'group')} of {h.group_blocks}")
    yield (f"  used         {bytes_text(used * block)} in "
           f"{plural(len(h.objects), 'object')}: {held} held, {plain} "
           "without pointers")
    yield (f"  free         {bytes_text(sum(free) * block)} in "
           f"{plural(len(free), 'run')}; the longest is "
           f"{bytes_text(max(free, default=0) * block)}")
    yield f"  least free   {bytes_text(min(h.least_free, sum(free)) * block)}"
    yield f"  open group   {open_text(h)}"


def open_text(h):
    """Where small allocations come from."""
    if h.open == 0:
        return "none"
    if h.open_number is None:
        return f"damaged: no group is at {h.open:#x}"
    n_free = h.free_text(h.open_number).count(".")
    return (f"{h.open_number}, at {h.open_at:#x}: "
            f"{plural(n_free, 'block')} free")


def call_lines(h):
    for who, counts in zip(("thread", "handlers"), h.counts()):
        yield f"  {who:<13}" + ", ".join(
            f"{n:,} {name}" for name, n in counts.items())


def record_lines(h):
    stacks = Stacks(h)
    for record in h.record_list:
        o = h.by_block.get(record.block)
        what = "looks for room, or collects" if record.block is None else \
            f"works on {object_text(o)}" if o else \
            f"works on block {record.block}, where no object starts"
        frame = stacks.frame_at(record.address)
        yield f"  {what} (record at {record.address:#x}; {frame or '?'})"


def region_lines(h):
    for r in h.regions:
        end = r.base + r.n_blocks * h.block_bytes
        free = h.region_cells(r).count(".") * h.block_bytes
        yield (f"  {r.base:#x} to {end:#x}: {plural(r.n_blocks, 'block')}, "
               f"{bytes_text(free)} free")


def root_lines(h):
    for root in h.root_list:
        name = address_name(root.start)
        yield (f"  {root.start:#x}: {plural(root.n_words, 'word')}" +
               (f" ({name})" if name else ""))


def stack_lines(h):
    stacks = Stacks(h)
    for s in stacks.all:
        yield (f"  {s.low:#x} to {s.high:#x}: {bytes_text(s.high - s.low)}"
               f", {s.what}")
    for note in stacks.notes:
        yield f"  {note}"


def section(title, lines):
    """A part of the answer; what is wrong with it is said in its place."""
    try:
        lines = list(lines)
    except Trouble as trouble:
        lines = [f"  {trouble}"]
    return [title] + lines if lines else [f"{title} none"]


def heap_command(text):
    """Shows a heap's figures, and chooses the heap: irqgc heap [EXPR]

EXPR is an irqgc_t *, and from then on the heap of all these commands, until
the program ends. Without it, and before one was named, it is looked for: in a
global or static variable of that type called `heap`; in the parameters and
variables of the frames, the newest first; in any global or static variable of
that type, if there is one alone. The first line says where it was found."""
    if text:
        address, name = heap_named(text)
        _ = Heap(address, name).planes # Trouble, if that is no heap
        Chosen.address, Chosen.name = address, name
    h = heap_now()
    show(figure_lines(h))
    show([f"  collection   {collection_text(h)}"])
    show(section("calls completed:", call_lines(h)))
    show(section("calls under way:", record_lines(h)))
    show(section("regions:", region_lines(h)))
    show(section("registered ranges:", root_lines(h)))
    show(section("stacks that a collection would scan now:", stack_lines(h)))


# ---- irqgc map --------------------------------------------------------------

# What is to be seen of an object: letter, colour, meaning; first what wins.
LOOKS = (
    ("R", "35", "a call under way works on it"),
    ("x", "31", "dead: the sweep under way frees it"),
    ("H", "34", "held"),
    ("w", "33", "reached, waits to be scanned"),
    ("*", "32", "black: reached in this cycle"),
    ("o", "36", "white"),
)
WHITE = {"MARK": "white: not reached so far", "SWEEP": "white: it stays",
         "IDLE": "an object", "CLEAR": "an object"}
COLOURS = {letter: colour for letter, colour, _ in LOOKS}
FILLS = ".-+#"


def object_look(h, o):
    is_so = {"R": o.block in h.in_operation, "x": h.is_dead(o),
             "H": o.is_held, "w": h.waits(o), "*": o.is_black, "o": True}
    return next(letter for letter, _, _ in LOOKS if is_so[letter])


def map_looks(h):
    """For each block the letter of its object, or '.'."""
    looks = ["."] * len(h.cells)
    for o in h.objects:
        looks[o.block:o.block + o.n_blocks] = object_look(h, o) * o.n_blocks
    return looks


def map_cells(h, looks, first, end, scale):
    """(character, letter) for each `scale` blocks: what is to be seen, and
    what its colour tells."""
    for b in range(first, end, scale):
        part = looks[b:min(b + scale, end)]
        used = len(part) - part.count(".")
        letter = next((x for x, _, _ in LOOKS if x in part), ".")
        if scale > 1:
            fill = 0 if used == 0 else 3 if used == len(part) else \
                1 if 2 * used <= len(part) else 2
            yield FILLS[fill], letter
        else:
            yield ("=" if h.cells[b] == "=" else letter), letter


def is_coloured():
    return bool(gdb.parameter("style enabled")) and os.isatty(1) and \
        os.environ.get("TERM", "dumb") != "dumb"


def coloured(text, letter):
    if not is_coloured() or letter not in COLOURS:
        return text
    return f"\033[{COLOURS[letter]}m{text}\033[0m"


def cells_text(cells):
    """Runs of one colour together."""
    text, run, last = "", "", "."
    for character, letter in list(cells) + [("", None)]:
        if letter != last:
            text += coloured(run, last)
            run, last = "", letter
        run += character
    return text


def map_columns(h):
    width = gdb.parameter("width") or 80
    columns = 64
    while columns > 8 and columns + address_digits(h) + 1 > width:
        columns //= 2
    return columns


def address_digits(h):
    return len(f"{max(h.bases):x}")


def map_rows(region, looks, step):
    """(first block, end) of each line; None for more that are all free."""
    n_free = 0
    for b in range(region.first, region.first + region.n_blocks, step):
        end = min(b + step, region.first + region.n_blocks)
        is_free = looks[b:end].count(".") == end - b
        n_free = n_free + 1 if is_free else 0
        if n_free < 2:
            yield b, end
        elif n_free == 2:
            yield None


MOST_ROWS = 32


def map_scale(h, looks, columns):
    """Blocks for a character: so many that the map fits on a screen."""
    scale = 1
    while sum(len(list(map_rows(r, looks, columns * scale)))
              for r in h.regions) > MOST_ROWS + len(h.regions):
        scale *= 2
    return scale


def map_lines(h, is_full):
    columns = map_columns(h)
    looks = map_looks(h)
    scale = 1 if is_full else map_scale(h, looks, columns)
    yield (f"a character: {plural(scale, 'block')}, "
           f"{bytes_text(scale * h.block_bytes)}")
    for r in h.regions:
        for row in map_rows(r, looks, columns * scale):
            yield "..." if row is None else row_text(h, r, looks, row, scale)
        yield ""
    yield from legend_lines(set(looks), scale, WHITE.get(h.phase, "white"))


def row_text(h, region, looks, row, scale):
    address = region.base + (row[0] - region.first) * h.block_bytes
    return (f"{address:0{address_digits(h)}x} " +
            cells_text(map_cells(h, looks, *row, scale)))


def legend_lines(looks, scale, white):
    if scale > 1:
        yield ". free   - up to half used   + more   # all used"
        if not is_coloured():
            return
        yield "the colour is that of the first of these that is there:"
    else:
        yield ". free   = an object's further blocks"
    for letter, _, meaning in LOOKS:
        if letter in looks:
            yield (f"{coloured(letter, letter)} " +
                   (white if letter == "o" else meaning))


def map_command(text):
    """Draws the heap: irqgc map [all]

A character stands for as many blocks as make the map fit on a screen; with
`all` for one block. "..." stands for more lines that are all free. Coloured on
a terminal, unless `set style enabled off`."""
    if text not in ("", "all"):
        raise Trouble("irqgc map, or irqgc map all; the heap is chosen by "
                      "`irqgc heap EXPR`")
    show(map_lines(heap_now(), text == "all"))


# ---- irqgc object, irqgc why ------------------------------------------------


def address_given(text):
    if not text:
        raise Trouble("which object? An address or an expression is needed")
    value = gdb.parse_and_eval(text)
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_ARRAY:
        value = value.address
    return int(value.cast(gdb.lookup_type("char").pointer()))


def data_part(h, address):
    """What of the heap's own data is there, or None."""
    starts = sorted([(h.address, "irqgc_t"),
                     (h.address + h.shape.offset("regions"), "regions")] +
                    [(h.raw[name], name) for name in
                     ("groups", "overflow", "tails", "mark_stack")] +
                    [(h.hint_levels[0][0], "hints")])
    end = h.mark_stack + h.mark_capacity * h.word
    below = [name for start, name in starts if start <= address < end]
    return below[-1] if below else None


def no_object_text(h, address):
    block = h.address_block(address)
    if block is None:
        part = data_part(h, address)
        return f"{address:#x}: " + (
            f"no object, the heap's own data ({part})" if part else
            "in no region of this heap")
    if h.cells[block] == ".":
        return f"{address:#x}: no object, a free block (block {block})"
    return (f"{address:#x}: a tail without head, block {block}: the heap is "
            "damaged (irqgc check)")


def state_text(h, o):
    if h.is_dead(o):
        return "white, dead: the sweep under way frees it"
    if h.phase == "MARK":
        if not o.is_black:
            return "white: not reached so far in this cycle"
        return "black, waits to be scanned" if h.waits(o) else \
            "black: reached, and scanned or about to be"
    if h.phase == "SWEEP":
        return "black: the sweep under way keeps it" if o.is_black else \
            "white: kept, or made since its group was swept"
    if h.phase == "CLEAR":
        return "black: of the replaced cycle, to be taken back" \
            if o.is_black else "white"
    return "kept by the last collection, or made since"


def dict_text(h, o):
    """Whether its words look like those of a dictionary."""
    try:
        shape = Shape(gdb.lookup_type("struct irqgc_dict"))
        fields = h.memory.fields(shape, o.address)
        is_dict = o.size >= shape.size and fields["heap"] == h.address and \
            h.object_from(fields["index"]) is not None
        n = (fields["inserted"] - fields["deleted"]) & h.all_ones
        return f"a dictionary of {plural(n, 'key')}" if is_dict else None
    except (gdb.error, KeyError, Trouble):
        return None


def object_lines(h, o):
    block = o.block
    yield (f"  {plural(o.n_blocks, 'block')} from block {block} on, group "
           f"{block // h.group_blocks}")
    yield f"  {state_text(h, o)}"
    if o.is_held:
        yield "  held: a root by itself, until it is freed"
    yield "  no pointers inside: never looked into" if o.is_plain else \
        "  may hold pointers: looked into"
    if block in h.in_operation:
        yield "  in operation: a call under way works on it"
    what = dict_text(h, o)
    if what:
        yield f"  {what}, by its words"


def referrer_how(h, link, low, high):
    """How a word points, and whether that keeps the object."""
    is_exact = link.source.kind in ("root", "object")
    if link.word == low:
        return ""
    if low < link.word < high:
        text = f", {link.word - low} bytes into it"
        return text if not is_exact or h.interior_pointers else \
            text + ": does not count, interior_pointers is off"
    if is_exact:
        return None
    if link.word == high:
        return ", just past its end: counts where a handler collects"
    return ", just before it" if link.word < low and \
        low % h.block_bytes == 0 else None


def referrer_lines(h, low, high):
    reach = Reach(h)
    for link in reach.referrers(low, high):
        how = referrer_how(h, link, low, high)
        if how is not None:
            yield f"  {link_text(link, reach.stacks)}{how}"
    for note in reach.notes:
        yield f"  note: {note}"


MOST_LINES = 40


def shortened(lines):
    lines = list(lines)
    if len(lines) > MOST_LINES:
        more = len(lines) - MOST_LINES
        lines[MOST_LINES:] = [f"  ... and {more} more"]
    return lines


def object_command(text):
    """Shows an object and who points at it: irqgc object ADDR

ADDR is any expression; it may point into the object's middle. Of a free block
it shows who still points there."""
    address = address_given(text)
    h = heap_now()
    o = h.object_at(address)
    if o:
        into = address - o.address
        show([f"{address:#x}: " + (f"{into} bytes into " if into else "") +
              f"the object at {object_text(o)}"])
        show(object_lines(h, o))
        low, high = o.address, o.address + o.size
    else:
        show([no_object_text(h, address)])
        if h.address_block(address) is None:
            return
        low = address - address % h.block_bytes
        high = low + h.block_bytes
    show(section("pointed at by", shortened(referrer_lines(h, low, high))))


def path_lines(path, stacks):
    """Long chains are cut in the middle."""
    texts = [f"  {why_text(why, stacks)} -> {object_text(o)}"
             for why, o in path]
    if len(texts) > MOST_LINES:
        half = MOST_LINES // 2
        more = len(texts) - 2 * half
        texts[half:-half] = [f"  ... over {plural(more, 'object')} ..."]
    return texts


def unreached_lines(h, o):
    yield f"nothing reaches the object at {object_text(o)}"
    if h.is_dead(o):
        yield "  the sweep under way frees it"
    elif o.is_black:
        yield "  but it is black: it stays until the next collection"
    else:
        yield "  the next collection frees it"


def why_command(text):
    """Tells why an object is alive: irqgc why ADDR

A shortest way to it from a registered range, an object that is held or a call
under way; if there is none, from a word on a stack or a register; or that
nothing reaches it."""
    address = address_given(text)
    h = heap_now()
    o = h.object_at(address)
    if o is None:
        raise Trouble(no_object_text(h, address))
    reach = Reach(h)
    path, is_wide = reach.path(o)
    if path:
        show([f"the object at {object_text(o)}, is reached from"])
        show(path_lines(path, reach.stacks))
        if is_wide:
            show(["  only so: a collection in a handler keeps it, one of the "
                  "thread only with wide_scan"])
    else:
        show(unreached_lines(h, o))
    show(f"  note: {note}" for note in reach.notes)


# ---- irqgc check ------------------------------------------------------------


def check_lines(check):
    h = check.heap
    yield from shortened(check.broken)
    if check.broken:
        yield (f"broken: {plural(len(check.broken), 'thing')}"
               " (DESIGN.md tells what they mean)")
        if masked() is not False:
            yield ("note: inside a masked window the heap may be half "
                   "changed; step out of it (`finish`) and check again")
    else:
        yield (f"whole: {plural(len(h.objects), 'object')}; tails, hints, "
               "colours, counters, state, marks and layout are as they must be "
               "(I1, I2, I4, I5, I7, I8, I12 of DESIGN.md)")
    yield from shortened(f"note: {note}" for note in check.notes)


def check_command(text):
    """Checks the heap of a halted target: irqgc check

Names each invariant that is broken and where, as DESIGN.md numbers them, then
what is not broken but worth a look: words that point at free blocks. How many
are broken is in $irqgc_broken."""
    if text:
        raise Trouble("irqgc check takes no argument; the heap is chosen by "
                      "`irqgc heap EXPR`")
    check = Check(heap_now())
    gdb.set_convenience_variable("irqgc_broken", len(check.broken))
    show(check_lines(check))


# ---- Commands ---------------------------------------------------------------


class Prefix(gdb.Command):
    """Shows a heap of irqgc. It calls no function of the program."""

    def __init__(self):
        super().__init__("irqgc", gdb.COMMAND_DATA, prefix=True)


class Command(gdb.Command):
    """One of the above; errors get to the user in words."""

    def __init__(self, name, run, complete):
        self.__doc__ = run.__doc__
        self.run = run
        super().__init__(f"irqgc {name}", gdb.COMMAND_DATA, complete)

    def invoke(self, text, _from_tty):
        self.dont_repeat()
        try:
            self.run(text.strip())
        except (Trouble, gdb.error) as error:
            raise gdb.GdbError(f"irqgc: {error}") from None
        except Exception as error: # pylint: disable=broad-except
            raise gdb.GdbError("irqgc.py cannot make sense of this, please "
                               f"report it: {error!r}") from None


Prefix()
Command("heap", heap_command, gdb.COMPLETE_EXPRESSION)
Command("map", map_command, gdb.COMPLETE_NONE)
Command("object", object_command, gdb.COMPLETE_EXPRESSION)
Command("why", why_command, gdb.COMPLETE_EXPRESSION)
Command("check", check_command, gdb.COMPLETE_NONE)
