package rules

// labelEffect says what labels a function's result carries.
type labelEffect int

const (
	dropsName    labelEffect = iota // those of its argument without the metric's name
	keepsAll                        // those of its argument
	hasNone                         // none
	fromMatchers                    // those that its argument's equality matchers name
	dropsBucket                     // those of its argument but le
	replacesOne                     // label_replace
	joinsOne                        // label_join
	addsInfo                        // those of its argument and of info metrics
)

// A function says what a PromQL function does to labels and values.
type function struct {
	argument int // place of the vector or matrix among the arguments
	labels   labelEffect
	value    func(Value) Value
}

// functions has an entry for each function of parser.Functions in Prometheus
// v0.55.1; a test holds the two together.
var functions = map[string]function{
	"abs":                {0, dropsName, same},
	"absent":             {0, fromMatchers, always(Value{Kind: Boolean})},
	"absent_over_time":   {0, fromMatchers, always(Value{Kind: Boolean})},
	"acos":               {0, dropsName, always(fractional(Gauge))},
	"acosh":              {0, dropsName, always(fractional(Gauge))},
	"asin":               {0, dropsName, always(fractional(Gauge))},
	"asinh":              {0, dropsName, always(fractional(Gauge))},
	"atan":               {0, dropsName, always(fractional(Gauge))},
	"atanh":              {0, dropsName, always(fractional(Gauge))},
	"avg_over_time":      {0, dropsName, averaged},
	"ceil":               {0, dropsName, whole},
	"changes":            {0, dropsName, always(Value{Kind: Count})},
	"clamp":              {0, dropsName, same},
	"clamp_max":          {0, dropsName, same},
	"clamp_min":          {0, dropsName, same},
	"cos":                {0, dropsName, always(fractional(Gauge))},
	"cosh":               {0, dropsName, always(fractional(Gauge))},
	"count_over_time":    {0, dropsName, always(Value{Kind: Count})},
	"day_of_month":       {0, dropsName, always(Value{Kind: Time})},
	"day_of_week":        {0, dropsName, always(Value{Kind: Time})},
	"day_of_year":        {0, dropsName, always(Value{Kind: Time})},
	"days_in_month":      {0, dropsName, always(Value{Kind: Time})},
	"deg":                {0, dropsName, always(fractional(Gauge))},
	"delta":              {0, dropsName, always(fractional(Gauge))},
	"deriv":              {0, dropsName, always(fractional(Rate))},
	"exp":                {0, dropsName, always(fractional(Gauge))},
	"floor":              {0, dropsName, whole},
	"histogram_avg":      {0, dropsName, always(fractional(Average))},
	"histogram_count":    {0, dropsName, same},
	"histogram_fraction": {2, dropsName, always(fractional(Ratio))},
	"histogram_quantile": {1, dropsBucket, always(fractional(Quantile))},
	"histogram_stddev":   {0, dropsName, always(fractional(Gauge))},
	"histogram_stdvar":   {0, dropsName, always(fractional(Gauge))},
	"histogram_sum":      {0, dropsName, same},
	"holt_winters":       {0, dropsName, always(fractional(Gauge))},
	"hour":               {0, dropsName, always(Value{Kind: Time})},
	"idelta":             {0, dropsName, always(Value{Kind: Gauge})},
	"increase":           {0, dropsName, always(fractional(Increase))},
	"info":               {0, addsInfo, same},
	"irate":              {0, dropsName, always(fractional(Rate))},
	"label_join":         {0, joinsOne, same},
	"label_replace":      {0, replacesOne, same},
	"last_over_time":     {0, keepsAll, same},
	"ln":                 {0, dropsName, always(fractional(Gauge))},
	"log10":              {0, dropsName, always(fractional(Gauge))},
	"log2":               {0, dropsName, always(fractional(Gauge))},
	"mad_over_time":      {0, dropsName, always(fractional(Gauge))},
	"max_over_time":      {0, dropsName, same},
	"min_over_time":      {0, dropsName, same},
	"minute":             {0, dropsName, always(Value{Kind: Time})},
	"month":              {0, dropsName, always(Value{Kind: Time})},
	"pi":                 {0, hasNone, always(fractional(Fixed))},
	"predict_linear":     {0, dropsName, always(fractional(Gauge))},
	"present_over_time":  {0, dropsName, always(Value{Kind: Boolean})},
	"quantile_over_time": {1, dropsName, always(fractional(Quantile))},
	"rad":                {0, dropsName, always(fractional(Gauge))},
	"rate":               {0, dropsName, always(fractional(Rate))},
	"resets":             {0, dropsName, always(Value{Kind: Count})},
	"round":              {0, dropsName, whole},
	"scalar":             {0, hasNone, same},
	"sgn":                {0, dropsName, always(Value{Kind: Gauge})},
	"sin":                {0, dropsName, always(fractional(Gauge))},
	"sinh":               {0, dropsName, always(fractional(Gauge))},
	"sort":               {0, keepsAll, same},
	"sort_by_label":      {0, keepsAll, same},
	"sort_by_label_desc": {0, keepsAll, same},
	"sort_desc":          {0, keepsAll, same},
	"sqrt":               {0, dropsName, always(fractional(Gauge))},
	"stddev_over_time":   {0, dropsName, always(fractional(Gauge))},
	"stdvar_over_time":   {0, dropsName, always(fractional(Gauge))},
	"sum_over_time":      {0, dropsName, summedOverTime},
	"tan":                {0, dropsName, always(fractional(Gauge))},
	"tanh":               {0, dropsName, always(fractional(Gauge))},
	"time":               {0, hasNone, always(fractional(Time))},
	"timestamp":          {0, dropsName, always(fractional(Time))},
	"vector":             {0, hasNone, same},
	"year":               {0, dropsName, always(Value{Kind: Time})},
}

func same(v Value) Value { return v }

func always(v Value) func(Value) Value {
	return func(Value) Value { return v }
}

// averaged is the effect of a mean: fractions, and falls where a series ends.
func averaged(v Value) Value {
	switch v.Kind {
	case Rate, Ratio, Quantile:
		return v.as(v.Kind)
	}
	return fractional(Average)
}

func whole(v Value) Value { return Value{Kind: v.Kind} }

// summedOverTime is the sum of samples in a window that moves on.
func summedOverTime(v Value) Value {
	if v.Kind == Boolean {
		return Value{Kind: Count}
	}
	return v.as(Gauge)
}
