package gcmemulator

import (
	"fmt"
	"math"

	"google.golang.org/genproto/googleapis/api/distribution"
	"google.golang.org/grpc/codes"
)

// MaxBuckets is the number of buckets that a distribution may have
// (cloud.google.com/monitoring/quotas).
const MaxBuckets = 200

const distributionSource = "genproto/googleapis/api/distribution/distribution.pb.go"

// distributionRule makes a rule about the distribution of a point.
func distributionRule(id, claim, source string, check func(*distribution.Distribution) string) Rule {
	return Rule{id, claim, source, WholeRequest, codes.InvalidArgument, func(c *candidate) string {
		value := c.point().GetValue().GetDistributionValue()
		if value == nil {
			return ""
		}
		if reason := check(value); reason != "" {
			return c.invalid("points[0].distributionValue", "", reason)
		}
		return ""
	}}
}

// distributionRules are about the parts of a distribution.
var distributionRules = []Rule{
	distributionRule("distribution-count", "the counts of the buckets add up to the count",
		distributionSource+", Distribution.count", func(d *distribution.Distribution) string {
			var sum int64
			for _, count := range d.GetBucketCounts() {
				if count < 0 {
					return fmt.Sprintf("Distribution value has a negative bucket count, %d.", count)
				}
				sum += count
			}
			if d.GetCount() < 0 || len(d.GetBucketCounts()) > 0 && sum != d.GetCount() {
				return fmt.Sprintf("Distribution value count (%d) does not equal the sum of |bucket_counts| (%d).", d.GetCount(), sum)
			}
			return ""
		}),
	distributionRule("distribution-empty", "mean and deviation are 0 where the count is 0, and there is no range",
		distributionSource+", Distribution.mean, sum_of_squared_deviation and range", func(d *distribution.Distribution) string {
			if d.GetCount() == 0 && (d.GetMean() != 0 || d.GetSumOfSquaredDeviation() != 0 || d.GetRange() != nil) {
				return "Distribution value with a count of zero has a mean, a deviation or a range."
			}
			return ""
		}),
	distributionRule("distribution-bounds", "explicit bounds are finite, at least one, and each is larger than the one before",
		"opencensus-go-exporter-stackdriver issues 98 and 234; "+distributionSource+", Explicit", explicitBounds),
	distributionRule("distribution-exponential", "exponential buckets: at least one finite one, a growth factor above 1, a scale above 0",
		distributionSource+", Exponential", func(d *distribution.Distribution) string {
			buckets := d.GetBucketOptions().GetExponentialBuckets()
			if buckets != nil && (buckets.GetNumFiniteBuckets() < 1 || !(buckets.GetGrowthFactor() > 1) || !(buckets.GetScale() > 0)) {
				return "Distribution |exponential_buckets| must have at least one finite bucket, a growth factor above 1 and a scale above 0."
			}
			return ""
		}),
	distributionRule("distribution-linear", "linear buckets: at least one finite one, a width above 0",
		distributionSource+", Linear", func(d *distribution.Distribution) string {
			buckets := d.GetBucketOptions().GetLinearBuckets()
			if buckets != nil && (buckets.GetNumFiniteBuckets() < 1 || !(buckets.GetWidth() > 0)) {
				return "Distribution |linear_buckets| must have at least one finite bucket and a width above 0."
			}
			return ""
		}),
	distributionRule("distribution-bucket-counts", "there are not more counts than buckets",
		"opencensus-go-exporter-stackdriver issue 98; "+distributionSource+", Distribution.bucket_counts", func(d *distribution.Distribution) string {
			if allowed := buckets(d); len(d.GetBucketCounts()) > allowed {
				return fmt.Sprintf("Distribution value has %d |bucket_counts| fields, which is more than the %d buckets allowed by the bucket options.",
					len(d.GetBucketCounts()), allowed)
			}
			return ""
		}),
	distributionRule("distribution-size", fmt.Sprintf("a distribution has at most %d buckets", MaxBuckets),
		"cloud.google.com/monitoring/quotas", func(d *distribution.Distribution) string {
			if number := buckets(d); number > MaxBuckets {
				return fmt.Sprintf("Distribution value has %d buckets, which is more than %d.", number, MaxBuckets)
			}
			return ""
		}),
	distributionRule("distribution-exemplars", "exemplars come by rising value, and each has one attachment of a type at most",
		distributionSource+", Distribution.exemplars and Exemplar.attachments", func(d *distribution.Distribution) string {
			last := math.Inf(-1)
			for _, exemplar := range d.GetExemplars() {
				if exemplar.GetValue() < last {
					return "Distribution |exemplars| must be in increasing order of value."
				}
				last = exemplar.GetValue()
				types := map[string]bool{}
				for _, attachment := range exemplar.GetAttachments() {
					if types[attachment.GetTypeUrl()] {
						return fmt.Sprintf("Distribution exemplar has more than one attachment of type %q.", attachment.GetTypeUrl())
					}
					types[attachment.GetTypeUrl()] = true
				}
			}
			return ""
		}),
}

func explicitBounds(d *distribution.Distribution) string {
	explicit := d.GetBucketOptions().GetExplicitBuckets()
	if explicit == nil {
		return ""
	}
	if len(explicit.GetBounds()) == 0 {
		return "Distribution |explicit_buckets.bounds| does not have at least one entry."
	}
	for i, bound := range explicit.GetBounds() {
		if math.IsNaN(bound) || math.IsInf(bound, 0) || i > 0 && bound <= explicit.GetBounds()[i-1] {
			return fmt.Sprintf("Distribution |explicit_buckets.bounds| are not strictly increasing at entry %d.", i)
		}
	}
	return ""
}

// buckets returns how many buckets there are, underflow and overflow included.
func buckets(d *distribution.Distribution) int {
	options := d.GetBucketOptions()
	switch {
	case options.GetExplicitBuckets() != nil:
		return len(options.GetExplicitBuckets().GetBounds()) + 1
	case options.GetExponentialBuckets() != nil:
		return int(options.GetExponentialBuckets().GetNumFiniteBuckets()) + 2
	case options.GetLinearBuckets() != nil:
		return int(options.GetLinearBuckets().GetNumFiniteBuckets()) + 2
	}
	return 0
}
