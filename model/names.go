package model

import (
	"strconv"
	"strings"
	"sync"
)

// Namespace hands out node names as torch.fx does. A name is a base and perhaps a number; per base it knows the numbers given.
//
//	source  torch/fx/graph.py: _Namespace.create_name
type Namespace struct{ bases map[string]*baseNames }

// baseNames is the names given that have one base.
type baseNames struct {
	bare bool     // the base itself
	nums []uint64 // base_N for the N whose bit is set
	last int      // the last number that was given
	far  map[int]bool
}

// denseNumbers bounds the bit set: larger numbers, which only a candidate brings along, go to a map.
const denseNumbers = 1 << 22

// NewNamespace makes an empty one.
func NewNamespace() *Namespace { return &Namespace{bases: map[string]*baseNames{}} }

func (ns *Namespace) base(name string) *baseNames {
	b := ns.bases[name]
	if b == nil {
		b = &baseNames{}
		ns.bases[name] = b
	}
	return b
}

func (b *baseNames) has(n int) bool {
	if n >= denseNumbers {
		return b.far[n]
	}
	return n>>6 < len(b.nums) && b.nums[n>>6]>>(n&63)&1 != 0
}

func (b *baseNames) add(n int) {
	if n >= denseNumbers {
		if b.far == nil {
			b.far = map[int]bool{}
		}
		b.far[n] = true
		return
	}
	for n>>6 >= len(b.nums) {
		b.nums = append(b.nums, 0)
	}
	b.nums[n>>6] |= 1 << (n & 63)
}

// Create turns a candidate into a name that was not given before.
func (ns *Namespace) Create(candidate string) string {
	candidate = legalName(candidate)
	base, num, has := splitNumber(candidate)
	b := ns.base(base)
	if has && !b.has(num) {
		b.add(num)
		b.last = num
		return candidate
	}
	n := b.last
	if !has && !b.bare && !reserved()[candidate] {
		b.bare = true
		return candidate
	}
	for n++; b.has(n); n++ {
	}
	b.add(n)
	b.last = n
	return base + "_" + strconv.Itoa(n)
}

// Used says whether the name was given.
func (ns *Namespace) Used(name string) bool {
	base, num, has := splitNumber(name)
	b := ns.bases[base]
	return b != nil && (has && b.has(num) || !has && b.bare)
}

// Reserve marks a name as used without counting it.
func (ns *Namespace) Reserve(name string) {
	base, num, has := splitNumber(name)
	if b := ns.base(base); has {
		b.add(num)
	} else {
		b.bare = true
	}
}

func legalName(s string) string {
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		plain = isWord(s[i])
	}
	if !plain {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if isWord(s[i]) {
				b.WriteByte(s[i])
			} else if i == 0 || isWord(s[i-1]) {
				b.WriteByte('_')
			}
		}
		if s = b.String(); s == "" {
			return "_unnamed"
		}
	}
	if s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return s
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// splitNumber cuts a trailing "_N" off: the name's base, the number, and whether there was one.
func splitNumber(s string) (string, int, bool) {
	i := len(s)
	for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	if i == len(s) || i < 2 || s[i-1] != '_' || s[i] == '0' && i+1 < len(s) { // a number is written without leading zeros
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i:])
	if err != nil {
		return s, 0, false
	}
	return s[:i-1], n, true
}

// reserved names get a number even when they are free: Python's keywords and builtins, and names of torch.fx itself.
var reserved = sync.OnceValue(func() map[string]bool { return wordSet(reservedWords) })

const reservedWords = `False None True and as assert async await break class continue def del elif else except finally for
from global if import in is lambda nonlocal not or pass raise return try while with yield
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError
BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError
DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError
FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError
InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError
NotADirectoryError NotImplemented NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError
ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration
SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError
UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
__build_class__ __debug__ __doc__ __import__ __loader__ __name__ __package__ __spec__ abs aiter all anext any ascii bin bool
breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval
exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len
license list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round set
setattr slice sorted staticmethod str sum super tuple type vars zip
inf nan NoneType torch device fx_pytree pytree`

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// PacketName is the base of a call's name in an ATen graph: the operator packet ("aten.conv2d.default" gives "conv2d").
func PacketName(op string) string {
	if s, ok := strings.CutPrefix(op, "_operator."); ok {
		return s
	}
	parts := strings.Split(op, ".")
	if len(parts) >= 3 {
		return parts[len(parts)-2]
	}
	return parts[len(parts)-1]
}

// CallName is the name that a call in an ATen graph asks for: the packet, without the underscores around that of a Python
// operator ("aten.__or__.Tensor" gives "or").
//
//	source  torch/fx/graph.py: Graph._target_to_str, which tracing asks with the packet's name
func CallName(op string) string {
	s := PacketName(op)
	if in, ok := strings.CutPrefix(s, "__"); ok && strings.HasSuffix(in, "__") {
		return strings.TrimSuffix(in, "__")
	}
	return snakeCase(s)
}

// snakeCase is a name in lower case, with "_" where a capital stands behind a small letter: "mT" gives "m_t".
//
//	source  torch/fx/graph.py: _snake_case
func snakeCase(s string) string {
	if strings.ToLower(s) == s {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 && s[i-1] >= 'a' && s[i-1] <= 'z' {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// EdgeName is the base of a call's name in an edge graph: "aten.sum.dim_IntList" gives "aten_sum_dim_int_list".
//
//	source  exir: lower snake case of the edge operator's name
func EdgeName(op string) string {
	if s, ok := strings.CutPrefix(op, "_operator."); ok {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(op); i++ {
		c := op[i]
		switch {
		case c == '.':
			b.WriteByte('_')
		case c >= 'A' && c <= 'Z':
			if i > 0 && (op[i-1] >= 'a' && op[i-1] <= 'z' || op[i-1] >= '0' && op[i-1] <= '9') {
				b.WriteByte('_')
			}
			b.WriteByte(c + 32)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
