package convert

import (
	"cmp"
	"fmt"
	"slices"
)

// The bounds of what is drawn between bands.
const (
	maxCurves = 600
	maxLanes  = 24
)

// curve is a line from one row to a later one of another place. Values between the same two rows share it.
type curve struct {
	from, to int
	crosses  bool // the border of a delegate
	lane     int
}

// addCurves finds the curves, the shortest first, and gives each a lane.
func (s *scene) addCurves() {
	left := 0
	seen := map[curve]bool{}
	for _, e := range s.p.edges {
		if placeID(&s.p.doc.Nodes[e.from]) == placeID(&s.p.doc.Nodes[e.to]) {
			continue
		}
		c := curve{from: s.rowOf[e.from], to: s.rowOf[e.to], crosses: e.crosses}
		switch {
		case c.from < 0 || c.to < 0:
			left++
		case !seen[c]:
			seen[c] = true
			s.curves = append(s.curves, c)
		}
	}
	slices.SortFunc(s.curves, func(a, b curve) int {
		return cmp.Or(cmp.Compare(a.to-a.from, b.to-b.from), cmp.Compare(a.from, b.from), before(a.crosses, b.crosses))
	})
	if over := len(s.curves) - maxCurves; over > 0 {
		left += over
		s.curves = s.curves[:maxCurves]
	}
	if left > 0 {
		s.notes = append(s.notes, plural(left, "line")+" between places not drawn")
	}
	var shared int
	if s.lanes, shared = setLanes(s.curves); shared > 0 {
		s.notes = append(s.notes, plural(shared, "line")+" at the far right over others")
	}
}

// before orders what has a mark before what has not.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// setLanes puts each curve into the first lane that is free where it goes, or in which only curves from the same row go. What finds
// none goes over others in the last.
func setLanes(curves []curve) (lanes, shared int) {
	var used [maxLanes][]curve
	for i := range curves {
		c := &curves[i]
		meets := func(o curve) bool { return c.from != o.from && c.from <= o.to && o.from <= c.to }
		for c.lane < maxLanes && slices.ContainsFunc(used[c.lane], meets) {
			c.lane++
		}
		if c.lane == maxLanes {
			c.lane--
			shared++
		}
		used[c.lane] = append(used[c.lane], *c)
		lanes = max(lanes, c.lane+1)
	}
	return lanes, shared
}

// path is the curve at the right of the bands, and tip the head of its arrow. right is where the bands end.
func (s *scene) path(c curve, right int) (path, tip string) {
	y1, y2 := s.rows[c.from].y+apart, s.rows[c.to].y-apart
	out := firstLane + laneWidth*c.lane
	path = fmt.Sprintf("M%d %dh%dq%d 0 %d %dv%dq0 %d %d %dh%d", right, y1, out-bend, bend, bend, bend, y2-y1-2*bend,
		bend, -bend, bend, tipLength+bend-out)
	tip = fmt.Sprintf("M%d %dl%d %dv%dz", right, y2, tipLength, -tipLength/2, tipLength)
	return path, tip
}
