package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/draw"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/report"
	"tnbench/internal/study"
)

// planCommand forecasts what strategies need.
type planCommand struct {
	planOutput
	path      pathFlag
	backend   backendFlag
	alloc     string
	orderName string
	regions   string

	strategies []string
	orders     []path.Order
	mode       region.Mode
	slice      sliceFlag
	limit      memoryLimit
}

// planOutput is what the commands that plan write: tables and a picture.
type planOutput struct {
	output  outputFlags
	svg     destination
	stretch bool
	plans   study.Plans
	figures []draw.Plan
}

func (p *planOutput) register(cmd *cobra.Command) {
	p.plans = study.Plans{Schema: study.PlanSchema, Programs: []study.ProgramPlan{}, Problems: []study.ProblemPlan{}}
	cmd.Flags().StringVar(&p.svg.name, "svg", "", "draw the plans into `FILE`")
	cmd.Flags().BoolVar(&p.stretch, "stretch", false, "draw a moment as wide as the square root of what is live then")
	p.output.register(cmd, report.Formats...)
}

func (p *planOutput) parse() error {
	if p.stretch && p.svg.name == "" {
		return usage("--stretch is for the picture: name it with --svg FILE")
	}
	return nil
}

func newPlanCommand() *cobra.Command {
	p := &planCommand{}
	cmd := &cobra.Command{
		Use:   "plan [INSTANCE...]",
		Short: "Forecast the memory each strategy needs; draw a plan",
		Long: `Show the least memory that the intermediates and temporaries of each instance
need, the peak of live bytes, and what every strategy would hold, how often it
could reuse memory and how often it would take fresh memory, in each execution
order. Nothing is contracted and none of the memory is taken.

--svg draws the plan of the strategy planned: steps across, addresses up, a box
per buffer, and below it the live bytes. Several programs or orders stand one
above the other. Where a few large buffers live among many small ones, --stretch
makes room for them.

CSV has a row per strategy and order. JSON has the schema
` + study.PlanSchema + `.`,
		Example: `  tnbench plan light.json                             all strategies, all orders
  tnbench plan light.json --order path --svg plan.svg --stretch
  tnbench plan light.json --alloc all --path all --format csv`,
		ValidArgsFunction: completeInstances,
		RunE:              p.run,
	}
	f := cmd.Flags()
	f.StringVar(&p.alloc, "alloc", "", "strategies, separated by commas, or all (default: those that need nothing installed)")
	f.StringVar(&p.orderName, "order", "all", "execution order: path (as written), depth (depth-first), peak (least peak of live bytes), all")
	registerRegions(cmd, &p.regions)
	p.slice.register(cmd)
	p.limit.register(cmd)
	p.planOutput.register(cmd)
	p.path.register(cmd)
	p.backend.register(cmd)
	completes(cmd, "alloc", completeStrategies)
	completes(cmd, "order", cobra.FixedCompletions(append(slices.Clone(path.OrderNames()), "all"), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// parse checks all flags before anything is loaded.
func (p *planCommand) parse(cmd *cobra.Command) (err error) {
	if err := errors.Join(p.planOutput.parse(), p.output.parse(cmd)); err != nil {
		return err
	}
	if p.strategies, err = alloc.Expand(p.alloc); err != nil {
		return usage("--alloc: %w", err)
	}
	if p.orders, err = parseOrders(p.orderName); err != nil {
		return usage("--order: %w", err)
	}
	if p.mode, err = region.ParseMode(p.regions); err != nil {
		return usage("--regions: %w", err)
	}
	return errors.Join(p.slice.parseWithin(&p.limit), p.backend.parse())
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
	if i := slices.IndexFunc(args, isProblem); i >= 0 {
		return usage("%s is a planning problem: solve it with tnbench pack", args[i])
	}
	if err := p.parse(cmd); err != nil {
		return err
	}
	found, err := p.output.find(cmd, args, &p.svg)
	if err != nil {
		return err
	}
	return p.emit(cmd, eachInstance(cmd, found, &p.output, func(in *instance.Instance) error { return p.add(cmd, in) }))
}

// emit writes the picture, if one is wanted, and the tables after err: a picture
// that cannot be written keeps back no table.
func (p *planOutput) emit(cmd *cobra.Command, err error) error {
	if p.svg.file != nil && len(p.figures) > 0 {
		err = tally(cmd, err, p.svg.file.Fill(func(w io.Writer) error { return draw.WriteSVG(w, draw.Distinct(p.figures)...) }))
	}
	p.plans.Interrupted = cmd.Context().Err() != nil
	return p.output.emitDone(cmd, err, contentsOf(len(p.plans.Programs)+len(p.plans.Problems)), func(w io.Writer, f report.Format) error {
		return report.WritePlans(w, f, &p.plans)
	})
}

// add plans every chosen path of an instance in every chosen order.
func (p *planCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	quiet := p.output
	for i, order := range p.orders {
		options := contract.Options{Order: order, Regions: p.mode}
		options.Kernel.Backend = p.backend.backend
		quiet.quiet = p.output.quiet || i > 0 // every order has the same warnings
		err := eachTree(cmd, in, p.path, &quiet, func(tree *path.Tree, one instance.Path) error {
			program, err := p.slice.compile(cmd, tree, one, options, slicerOf(&p.limit, underPlanned))
			if err != nil {
				return err
			}
			p.slice.tell(cmd, program, options, &p.output)
			return p.plan(cmd, program)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// plan plans one program.
func (p *planCommand) plan(cmd *cobra.Command, program *contract.Program) error {
	plan, err := await.Value(cmd.Context(), func() (study.ProgramPlan, error) { return study.PlanProgram(program, p.strategies) })
	if err != nil {
		return err
	}
	p.plans.Programs = append(p.plans.Programs, plan)
	if p.svg.file == nil {
		return nil
	}
	figure, err := await.Value(cmd.Context(), func() (draw.Plan, error) { return draw.PlanOf(&plan) })
	if err != nil {
		return err
	}
	p.draw(figure)
	return nil
}

// draw keeps a figure for the picture.
func (p *planOutput) draw(f draw.Plan) {
	f.Stretched = p.stretch
	p.figures = append(p.figures, f)
}
