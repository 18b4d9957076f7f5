package duel

import (
	"fmt"
	"slices"

	"tnbench/internal/compare"
	"tnbench/internal/result"
)

// line is one program under one strategy: what each contender measured in each
// round.
type line struct {
	results   [contenders][]result.Result
	documents [contenders]*result.Document // of the first round, for what holds in all
}

// of returns a result that says what the line is about.
func (l *line) of(who int) *result.Result { return &l.results[who][0] }

// ran returns what a contender measured, round by round.
func (l *line) ran(who int) (all []compare.Ran) {
	for i := range l.results[who] {
		all = append(all, compare.Ran{Document: l.documents[who], Result: &l.results[who][i]})
	}
	return all
}

// values returns a figure of a contender, round by round. ok tells whether all
// rounds have it.
func (l *line) values(who int, of func(*result.Result) result.Maybe[float64]) (values []float64, ok bool) {
	for i := range l.results[who] {
		v := of(&l.results[who][i])
		if !v.OK {
			return nil, false
		}
		values = append(values, v.Value)
	}
	return values, len(values) > 0
}

// failure returns what went wrong with the line in any round; it is empty if nothing
// did.
func (l *line) failure() string {
	for who, name := range names {
		for i := range l.results[who] {
			if r := &l.results[who][i]; r.Error != "" {
				return name + ": " + r.Error
			}
		}
	}
	return ""
}

// lone is a result that only one side has.
type lone struct {
	result.Result
	why string
}

// linesOf pairs the results of rounds, by name. Where both sides have a single program,
// these are compared, and where a program has a single strategy on both sides, these
// two, whatever their names. What only one side has, in any round, is returned apart.
func linesOf(rounds []round) (lines []*line, onlyBase, onlyNew []lone) {
	if len(rounds) == 0 {
		return nil, nil, nil
	}
	for i := range rounds[0][baseTurn].Results {
		b := &rounds[0][baseTurn].Results[i]
		n := partner(b, rounds[0][baseTurn].Results, rounds[0][newTurn].Results)
		if n == nil {
			onlyBase = append(onlyBase, lone{*b, "only base has it"})
			continue
		}
		l, why := collect(rounds, b, n)
		if why != "" {
			onlyBase = append(onlyBase, lone{*b, why})
			continue
		}
		lines = append(lines, l)
	}
	for i := range rounds[0][newTurn].Results {
		n := &rounds[0][newTurn].Results[i]
		if !slices.ContainsFunc(lines, func(l *line) bool { return same(l.of(newTurn), n) }) && partner(n, rounds[0][newTurn].Results, rounds[0][baseTurn].Results) == nil {
			onlyNew = append(onlyNew, lone{*n, "only new has it"})
		}
	}
	return lines, onlyBase, onlyNew
}

// collect finds a line's results in all rounds. why says what is missing.
func collect(rounds []round, b, n *result.Result) (l *line, why string) {
	l = &line{}
	for who := range l.documents {
		l.documents[who] = &rounds[0][who]
	}
	for _, r := range rounds {
		for who, wanted := range []*result.Result{baseTurn: b, controlTurn: b, newTurn: n} {
			at := slices.IndexFunc(r[who].Results, func(r result.Result) bool { return same(&r, wanted) })
			if at < 0 {
				return nil, fmt.Sprintf("%s did not measure it in every round", names[who])
			}
			l.results[who] = append(l.results[who], r[who].Results[at])
		}
	}
	return l, ""
}

// partner returns the result of others that is compared with r, one of its side;
// nil if there is none.
func partner(r *result.Result, own, others []result.Result) *result.Result {
	mine, theirs := program(r, own), program(r, others)
	if len(theirs) == 0 && len(others) > 0 && len(mine) == len(own) && len(program(&others[0], others)) == len(others) {
		theirs = program(&others[0], others)
	}
	if len(mine) == 1 && len(theirs) == 1 {
		return theirs[0]
	}
	for _, o := range theirs {
		if o.Strategy() == r.Strategy() {
			return o
		}
	}
	return nil
}

// program returns the results of r's program.
func program(r *result.Result, all []result.Result) (found []*result.Result) {
	for i := range all {
		if sameProgram(&all[i], r) {
			found = append(found, &all[i])
		}
	}
	return found
}

// sameProgram reports whether results of two builds are of one program. Files are
// named alike on both sides, but older builds did not keep them.
func sameProgram(a, b *result.Result) bool {
	return a.Instance == b.Instance && a.Path == b.Path && a.DType == b.DType && (a.File == b.File || a.File == "" || b.File == "")
}

func same(a, b *result.Result) bool { return sameProgram(a, b) && a.Strategy() == b.Strategy() }
