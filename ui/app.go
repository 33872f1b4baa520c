package ui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"seam/internal/pipeline"
	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// Options is what the program needs from outside.
type Options struct {
	Runner  *pipeline.Runner
	Result  *pipeline.Result // without a Runner: what there is to look at, which nothing changes
	Config  pipeline.Config
	Title   string        // the model's file name
	Theme   *themes.Theme // nil: dark or light, as the terminal's background says
	ASCII   bool          // no byte over 127 in a frame
	NoMouse bool
	Source  func(file string) ([]byte, error) // the user's source, nil without
	Export  func(kind string, res *pipeline.Result, path string) error
	Landed  func() // called when a result is on screen; may be nil

	Keys      map[string][]string // by command: the keys that a person gave it
	Themes    []string            // the person's own themes, by name
	OpenTheme func(name string) (*themes.Theme, error)
	Greeting  bool                                                             // the first use: say where to begin
	Scenario  string                                                           // the scenario that Config has the changes of
	Save      func(path string, cfg pipeline.Config) error                     // writes a scenario
	Load      func(path string, base pipeline.Config) (pipeline.Config, error) // base with a scenario's changes
	Editor    func(file string, line int) (Command, error)                     // opens a line of the user's source
	Reload    func(ctx context.Context) (*pipeline.Runner, error)              // waits until the model's file has changed; nil without --watch
}

// Command is a program that takes the terminal while it runs.
type Command = tea.ExecCommand

// The kinds of export that Options.Export is called with.
const (
	ExportJSON     = "json"
	ExportMarkdown = "markdown"
	ExportPatch    = "patch"
	ExportDOT      = "dot"
	ExportMermaid  = "mermaid"
	ExportExplorer = "model-explorer"
	ExportSVG      = "svg"
	ExportHTML     = "html"
)

type (
	smallestFunc func(context.Context, *pipeline.Result, pipeline.Search) (pipeline.Found, error)
	measureFunc  func(context.Context, *pipeline.Result, int) (*pipeline.Accuracy, error)
	lowerFunc    func(context.Context, *pipeline.Result) (*pipeline.Result, error)
	runFunc      func(context.Context, pipeline.Config, func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error)
	explainFunc  func(context.Context, *pipeline.Result, target) (model.Explanation, error)
)

// screen is what fills the body.
type screen uint8

const (
	screenMain screen = iota
	screenWhy
	screenToggles
	screenGroup
	screenNear
	screenDiff
	screenHelp
	numScreens
)

// App is the program's model.
type App struct {
	opt     Options
	ctx     context.Context
	theme   *themes.Theme
	run     runFunc
	lower   lowerFunc // nil where run lowers in any case
	measure measureFunc
	ahead   int // edge nodes up to which run lowers too
	explain explainFunc
	search4 smallestFunc
	later   func(time.Duration, tea.Msg) tea.Cmd // a message after a while
	keys    [numScreens]keymap

	w, h     int
	lay      layout
	screen   screen
	behind   screen // the screen that help and menus go back to
	diffBack screen // the screen that the diff goes back to
	focus    pane
	slot     pane // which of delegates and groups the shared place shows
	zoom     int
	drawer   drawer
	count    int
	digits   int
	pending  pane // the focus before a digit that may turn out to begin a count
	notice   notice
	greet    bool                   // the first use, and no key yet
	second   func(k string) tea.Cmd // takes the key that follows, after m and '

	job job
	acc measuring
	// asked is the result whose error the person wants measured, whatever its size
	asked *pipeline.Result
	cfg   pipeline.Config
	undo  []pipeline.Config
	redo  []pipeline.Config
	base  *pipeline.Result // what a change is compared with
	f     *facts           // what is on screen, nil before the first report

	stage  pipeline.Stage
	part   int  // the delegate whose TOSA graph is shown
	chosen bool // the person has chosen a stage
	moved  bool // the person has moved the cursor
	params bool // parameters and constants are listed
	list   *listing
	graph  graphPane
	node   nodePane
	pieces listPane
	groups listPane
	finds  listPane
	why    whyScreen
	tog    toggleScreen
	search searchState
	help   helpScreen
	menu   menuDrawer
	export exportDrawer
	prompt prompt
	group  groupScreen
	near   nearScreen
	diff   diffScreen
	versus compareMenu
	fold   folding
	folds  int // changes of the folding so far
	labels labels
	marks  marks
	small  smallSearch
	back   history
	src    sourceCache
}

// notice is a message on the status line.
type notice struct {
	text string
	bad  bool
}

// New makes the program's model.
func New(opt Options) *App {
	a := &App{opt: opt, ctx: context.Background(), theme: opt.Theme, cfg: opt.Config, focus: paneGraph, slot: panePieces, greet: opt.Greeting, ahead: lowerAhead}
	if a.theme == nil {
		a.theme = builtin("dark")
	}
	if opt.Runner != nil {
		a.use(opt.Runner)
	} else if opt.Result != nil {
		a.run = func(context.Context, pipeline.Config, func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
			return opt.Result, nil
		}
	}
	a.later = func(d time.Duration, m tea.Msg) tea.Cmd { return tea.Tick(d, func(time.Time) tea.Msg { return m }) }
	a.keys = a.keymaps(opt.Keys)
	a.search.app, a.src.get = a, opt.Source
	a.export.reset(opt.Title)
	return a
}

// use takes the model that a runner has.
func (a *App) use(r *pipeline.Runner) {
	a.search4, a.measure = r.Smallest, r.Accuracy
	a.lower = func(ctx context.Context, res *pipeline.Result) (*pipeline.Result, error) {
		return r.Lower(ctx, res, nil)
	}
	a.run = func(ctx context.Context, cfg pipeline.Config, report func(pipeline.Progress, *pipeline.Result)) (*pipeline.Result, error) {
		res, err := r.Partition(ctx, cfg, report)
		if err != nil || res.Failed != nil || res.Edge.Graph.Len() > a.ahead {
			return res, err
		}
		return a.lower(ctx, res)
	}
	a.explain = func(ctx context.Context, res *pipeline.Result, t target) (model.Explanation, error) {
		if t.boundary > 0 {
			return r.ExplainBoundary(ctx, res, t.boundary)
		}
		return r.Explain(ctx, res, t.node)
	}
}

// Run shows the program until the person quits. The terminal is restored on every way out.
func Run(ctx context.Context, opt Options) error {
	a := New(opt)
	a.ctx = ctx
	p := tea.NewProgram(a, tea.WithContext(ctx), tea.WithFilter(newMerger(time.Now).filter))
	_, err := p.Run()
	a.job.stop()
	if err != nil {
		return fmt.Errorf("run terminal: %w", err)
	}
	return nil
}

// Init starts the first run.
func (a *App) Init() tea.Cmd {
	cmd := tea.Batch(a.start(a.cfg), a.watch())
	if a.opt.Theme == nil {
		return tea.Batch(cmd, tea.RequestBackgroundColor)
	}
	return cmd
}

// Update takes one message.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := a.update(msg)
	return a, tea.Batch(cmd, a.wantSource(), a.wantTOSA(), a.wantMeasure())
}

func (a *App) update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		a.resize(m.Width, m.Height)
	case tea.KeyPressMsg:
		a.greet = false
		return a.key(keyName(m))
	case tea.PasteMsg:
		a.paste(m.Content)
	case tea.MouseClickMsg:
		if m.Button == tea.MouseLeft {
			return a.click(m.X, m.Y)
		}
	case tea.MouseWheelMsg:
		a.wheel(m.X, m.Y, wheelStep(m))
	case wheelMsg:
		a.wheel(m.x, m.y, m.dy)
	case tea.BackgroundColorMsg:
		if a.opt.Theme == nil && !m.IsDark() {
			a.theme = builtin("light")
		}
	default:
		return a.event(msg)
	}
	return nil
}

// event takes what commands report.
func (a *App) event(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case runEvent:
		return a.ran(m)
	case dimMsg:
		a.job.dim = a.job.running && m.gen == a.job.gen
	case explainMsg:
		a.why.explained(m)
	case foundMsg:
		a.found(m)
	case sourceMsg:
		a.src.put(m)
		a.node.forget()
	case exportMsg:
		a.exported(m)
	case comparedMsg:
		a.compared(m)
	case reloadMsg:
		return a.reloaded(m)
	case scenarioMsg:
		return a.scenario(m)
	case foldedMsg:
		a.folded(m)
	case measuredMsg:
		a.measured(m)
	case smallestMsg:
		a.smallestFound(m)
	case editedMsg:
		if m.err != nil {
			a.warn("%v", m.err)
		}
	}
	return nil
}

// View draws the frame.
func (a *App) View() tea.View {
	v := tea.NewView("")
	if a.w > 0 && a.h > 0 {
		v.Content = a.draw().text(a.theme)
	}
	v.AltScreen = true
	v.WindowTitle = "seam " + row.Sanitize(a.opt.Title)
	if !a.opt.NoMouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if a.job.running && a.job.at.Total > 0 {
		v.ProgressBar = tea.NewProgressBar(tea.ProgressBarDefault, 100*a.job.at.Done/a.job.at.Total)
	}
	return v
}

func (a *App) resize(w, h int) {
	a.w, a.h = w, h
	a.relayout()
}

func (a *App) say(format string, args ...any) { a.notice = notice{text: fmt.Sprintf(format, args...)} }

func (a *App) warn(format string, args ...any) {
	a.notice = notice{text: fmt.Sprintf(format, args...), bad: true}
}
