package pt2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// What a pickle may hold.
const (
	maxStack   = 1 << 20
	maxMemo    = 1 << 20
	costObject = 200 // bytes, with its place on the stack or in the memo
)

// The values of a pickle are nil, bool, int64, float64, string, []byte, and these.
type (
	pyTuple  []any
	pyList   struct{ items []any }
	pyDict   struct{ keys, values []any }
	pyGlobal struct{ module, name string }
	// pyObject is what a function or class outside the allow-list would have made: its name and its arguments. It is never
	// called.
	pyObject struct {
		class string
		args  []any
	}
	pyMark struct{}
)

// unpickler runs a pickle on a stack machine that can build values and call nothing. reduce decides what becomes of a call,
// persistent what becomes of a persistent ID.
type unpickler struct {
	data       []byte
	pos        int
	stack      []any
	memo       map[int]any
	bud        *budget
	reduce     func(f any, args pyTuple) (any, error)
	persistent func(id any) (any, error)
}

// unpickle is the value that a pickle builds.
func (u *unpickler) unpickle() (any, error) {
	u.memo = map[int]any{}
	for {
		if u.pos >= len(u.data) {
			return nil, errors.New("the pickle ends without STOP")
		}
		at, op := u.pos, u.data[u.pos]
		u.pos++
		if op == '.' {
			return u.pop()
		}
		if err := u.bud.take(costObject); err != nil {
			return nil, err
		}
		if err := u.step(op); err != nil {
			return nil, fmt.Errorf("pickle byte %d, opcode %#02x: %w", at, op, err)
		}
		if len(u.stack) > maxStack || len(u.memo) > maxMemo {
			return nil, fmt.Errorf("pickle byte %d: more than %d values", at, maxStack)
		}
	}
}

var (
	errStack  = errors.New("the stack is empty")
	errShort  = errors.New("the pickle is cut off")
	errOpcode = errors.New("opcode not allowed")
)

func (u *unpickler) push(v any) error {
	u.stack = append(u.stack, v)
	return nil
}

func (u *unpickler) pop() (any, error) {
	if len(u.stack) == 0 {
		return nil, errStack
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	if _, mark := v.(pyMark); mark {
		return nil, errors.New("a mark where a value should be")
	}
	return v, nil
}

// popMark takes everything above the last mark, and the mark.
func (u *unpickler) popMark() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, mark := u.stack[i].(pyMark); mark {
			items := append([]any(nil), u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items, nil
		}
	}
	return nil, errors.New("no mark on the stack")
}

func (u *unpickler) take(n int) ([]byte, error) {
	if n < 0 || n > len(u.data)-u.pos {
		return nil, errShort
	}
	b := u.data[u.pos : u.pos+n]
	u.pos += n
	return b, nil
}

// number reads an n-byte little-endian unsigned number.
func (u *unpickler) number(n int) (uint64, error) {
	b, err := u.take(n)
	if err != nil {
		return 0, err
	}
	var w [8]byte
	copy(w[:], b)
	return binary.LittleEndian.Uint64(w[:]), nil
}

func (u *unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		_, err := u.take(1)
		return err
	case 0x95: // FRAME
		_, err := u.take(8)
		return err
	case '(':
		return u.push(pyMark{})
	case 'N':
		return u.push(nil)
	case 0x88, 0x89:
		return u.push(op == 0x88)
	case 'J', 'K', 'M', 0x8a, 'G':
		return u.scalar(op)
	case 'X', 'U', 0x8c, 0x8d, 'B', 'C', 0x8e:
		return u.text(op)
	case 'q', 'r', 'h', 'j', 0x94:
		return u.memory(op)
	case ')', ']', '}', 0x8f, 't', 0x85, 0x86, 0x87, 'a', 'e', 's', 'u':
		return u.container(op)
	case 'c', 0x93:
		return u.global(op)
	case 'R', 0x81, 'b', 'Q':
		return u.object(op)
	}
	return errOpcode
}

func (u *unpickler) scalar(op byte) error {
	switch op {
	case 'J':
		v, err := u.number(4)
		return errors.Join(err, u.push(int64(int32(v))))
	case 'K', 'M':
		v, err := u.number(1 + int(op-'K')/2)
		return errors.Join(err, u.push(int64(v)))
	case 'G':
		b, err := u.take(8)
		if err != nil {
			return err
		}
		return u.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	n, err := u.number(1)
	if err != nil || n > 8 {
		return errors.Join(err, errors.New("an integer of more than 8 bytes"))
	}
	b, err := u.take(int(n))
	if err != nil {
		return err
	}
	var w [8]byte
	if n > 0 && b[n-1] >= 0x80 {
		binary.LittleEndian.PutUint64(w[:], math.MaxUint64)
	}
	copy(w[:], b)
	return u.push(int64(binary.LittleEndian.Uint64(w[:])))
}

func (u *unpickler) text(op byte) error {
	width := 1
	switch op {
	case 'X', 'B':
		width = 4
	case 0x8d, 0x8e:
		width = 8
	}
	n, err := u.number(width)
	if err != nil {
		return err
	}
	if n > uint64(len(u.data)-u.pos) {
		return errShort
	}
	b, err := u.take(int(n))
	if err != nil {
		return err
	}
	if err := u.bud.take(int64(n)); err != nil {
		return err
	}
	if op == 'B' || op == 'C' || op == 0x8e {
		return u.push(bytes.Clone(b))
	}
	return u.push(strings.ToValidUTF8(string(b), "\uFFFD"))
}

func (u *unpickler) memory(op byte) error {
	if op == 0x94 {
		return u.remember(len(u.memo))
	}
	width := 1
	if op == 'r' || op == 'j' {
		width = 4
	}
	i, err := u.number(width)
	if err != nil {
		return err
	}
	if op == 'q' || op == 'r' {
		return u.remember(int(i))
	}
	v, ok := u.memo[int(i)]
	if !ok {
		return fmt.Errorf("nothing remembered under %d", i)
	}
	return u.push(v)
}

func (u *unpickler) remember(i int) error {
	v, err := u.pop()
	if err != nil {
		return err
	}
	u.memo[i] = v
	return u.push(v)
}

func (u *unpickler) global(op byte) error {
	if op == 0x93 {
		name, err1 := u.pop()
		module, err2 := u.pop()
		m, ok1 := module.(string)
		n, ok2 := name.(string)
		if err := errors.Join(err1, err2); err != nil || !ok1 || !ok2 {
			return errors.New("a global without a name")
		}
		return u.push(pyGlobal{m, n})
	}
	module, err1 := u.line()
	name, err2 := u.line()
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return u.push(pyGlobal{module, name})
}

func (u *unpickler) line() (string, error) {
	i := bytes.IndexByte(u.data[u.pos:], '\n')
	if i < 0 {
		return "", errShort
	}
	s := string(u.data[u.pos : u.pos+i])
	u.pos += i + 1
	return s, nil
}
