package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/report"
)

// planCommand forecasts what strategies need, and solves planning problems.
type planCommand struct {
	output    outputFlags
	path      pathFlag
	backend   backendFlag
	alloc     string
	orderName string
	svg       destination
	stretch   bool
	capacity  string
	budget    time.Duration

	strategies []string
	orders     []path.Order
	plans      report.Plans
	figures    []report.Figure
}

func newPlanCommand() *cobra.Command {
	p := &planCommand{}
	cmd := &cobra.Command{
		Use:   "plan [INSTANCE...|FILE.csv...]",
		Short: "Forecast the memory each strategy needs; draw a plan; solve planning problems",
		Long: `Show the least memory that the intermediates and temporaries of each instance
need, the peak of live bytes, and what every strategy would hold, how often it
could reuse memory and how often it would take fresh memory, in each execution
order. Nothing is contracted and none of the memory is taken.

--svg draws the plan of the strategy planned: steps across, addresses up, a box
per buffer, and below it the live bytes. Several programs or orders stand one
above the other. Where a few large buffers live among many small ones, --stretch
makes room for them.

A FILE.csv is a planning problem in MiniMalloc's format: a header, then a row per
buffer with id, lower, upper (it lives in [lower, upper)) and size. It is solved
for the least height, or until --capacity is met, and the plan is checked. With
-o the plan is written in the same format with the column offset, and the table
to standard output; the command fails if the plan is higher than --capacity.

CSV has a row per strategy and order, or per problem. JSON has the schema
` + report.PlanSchema + `.`,
		Example: `  tnbench plan light.json                             all strategies, all orders
  tnbench plan light.json --order path --svg plan.svg --stretch
  tnbench plan light.json --alloc all --path all --format csv
  tnbench plan problem.csv --capacity 1048576 -o solution.csv --svg plan.svg`,
		ValidArgsFunction: completeInstances,
		RunE:              p.run,
	}
	f := cmd.Flags()
	f.StringVar(&p.alloc, "alloc", "", "strategies, separated by commas, or all (default: those that need nothing installed)")
	f.StringVar(&p.orderName, "order", "all", "execution order: path (as written), depth (depth-first), peak (least peak of live bytes), all")
	f.StringVar(&p.svg.name, "svg", "", "draw the plans into `FILE`")
	f.BoolVar(&p.stretch, "stretch", false, "draw a moment as wide as the square root of what is live then")
	f.StringVar(&p.capacity, "capacity", "", "of a planning problem: `SIZE` such as 1048576 or 1MiB that is low enough, and needed")
	f.DurationVar(&p.budget, "budget", 10*time.Second, "of a planning problem: the longest search")
	p.output.register(cmd, report.Formats...)
	p.path.register(cmd)
	p.backend.register(cmd)
	cmd.RegisterFlagCompletionFunc("alloc", completeStrategies)
	cmd.RegisterFlagCompletionFunc("order", cobra.FixedCompletions(append(slices.Clone(path.OrderNames()), "all"), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// parse checks all flags before anything is loaded. problems says whether the
// arguments are planning problems, which other flags are for than for instances.
func (p *planCommand) parse(cmd *cobra.Command, problems bool) (err error) {
	if err := p.output.parse(); err != nil {
		return err
	}
	unfit, what := []string{"capacity", "budget"}, "planning problems, FILE.csv"
	if problems {
		unfit, what = []string{"alloc", "order", "path", "backend"}, "instances"
	}
	if p.stretch && p.svg.name == "" {
		return usage("--stretch is for the picture: name it with --svg FILE")
	}
	for _, name := range unfit {
		if cmd.Flags().Changed(name) {
			return usage("--%s is for %s", name, what)
		}
	}
	if p.strategies, err = alloc.Expand(p.alloc); err != nil {
		return usage("--alloc: %w", err)
	}
	if p.orders, err = parseOrders(p.orderName); err != nil {
		return usage("--order: %w", err)
	}
	if p.budget <= 0 {
		return usage("--budget must be positive, not %v", p.budget)
	}
	return p.backend.parse()
}

// parseOrders returns the order called name, or all of them.
func parseOrders(name string) (orders []path.Order, err error) {
	names := []string{name}
	if name == "all" {
		names = path.OrderNames()
	}
	for _, n := range names {
		o, err := path.ParseOrder(n)
		if err != nil {
			return nil, fmt.Errorf("%w, all", err)
		}
		orders = append(orders, o)
	}
	return orders, nil
}

func (p *planCommand) run(cmd *cobra.Command, args []string) error {
	p.plans = report.Plans{Schema: report.PlanSchema, Programs: []report.ProgramPlan{}, Problems: []report.ProblemPlan{}}
	isProblem := func(arg string) bool { return strings.HasSuffix(strings.ToLower(arg), ".csv") }
	problems := slices.ContainsFunc(args, isProblem)
	if err := p.parse(cmd, problems); err != nil {
		return err
	}
	if problems {
		if i := slices.IndexFunc(args, func(arg string) bool { return !isProblem(arg) }); i >= 0 {
			return usage("%s is no planning problem, FILE.csv: plan instances apart from them", args[i])
		}
		return p.solve(cmd, args)
	}
	found, err := p.output.find(cmd, args, &p.svg)
	if err != nil {
		return err
	}
	return p.emit(cmd, eachInstance(cmd, found, &p.output, func(in *instance.Instance) error { return p.add(cmd, in) }))
}

// emit writes the picture, if one is wanted, and the tables after err: a picture
// that cannot be written keeps back no table.
func (p *planCommand) emit(cmd *cobra.Command, err error) error {
	if p.svg.file != nil && len(p.figures) > 0 {
		err = tally(cmd, err, p.svg.file.Fill(func(w io.Writer) error { return report.WriteFigures(w, p.figures) }))
	}
	p.plans.Interrupted = cmd.Context().Err() != nil
	return p.output.emitDone(cmd, err, contentsOf(len(p.plans.Programs)+len(p.plans.Problems)), func(w io.Writer) error {
		return report.WritePlans(w, p.output.format, &p.plans)
	})
}

// add plans every chosen path of an instance in every chosen order.
func (p *planCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	quiet := p.output
	for i, order := range p.orders {
		options := contract.Options{Order: order}
		options.Kernel.Backend = p.backend.backend
		quiet.quiet = p.output.quiet || i > 0 // every order has the same warnings
		if err := eachProgram(cmd, in, p.path, &quiet, options, func(program *contract.Program) error { return p.plan(cmd, program) }); err != nil {
			return err
		}
	}
	return nil
}

// plan plans one program.
func (p *planCommand) plan(cmd *cobra.Command, program *contract.Program) error {
	plan, err := await.Value(cmd.Context(), func() (report.ProgramPlan, error) { return report.PlanProgram(program, p.strategies) })
	if err != nil {
		return err
	}
	p.plans.Programs = append(p.plans.Programs, plan)
	if p.svg.file == nil {
		return nil
	}
	figure, err := await.Value(cmd.Context(), plan.Figure)
	if err != nil {
		return err
	}
	p.draw(figure)
	return nil
}

// draw keeps a figure for the picture.
func (p *planCommand) draw(f report.Figure) {
	f.Stretched = p.stretch
	p.figures = append(p.figures, f)
}
