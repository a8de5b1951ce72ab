package liveroutes

import "github.com/linkerd-gcm/linkerd-gcm/routes"

// nameScraper is what to do where it is not known who scrapes.
func nameScraper(r routes.Request) string {
	if r.Form == routes.Managed {
		return "give --network with the network of the nodes or pods that the collectors run in"
	}
	return "give --service-account and --namespace of your Prometheus where it is meshed, or --network with the network of its pods"
}

// fixByApplying is the command that applies what a route prints. A policy that is needed cannot
// be printed before it is known whom it lets in: that is what to say first.
func fixByApplying(r routes.Request, needsPolicy bool) string {
	if needsPolicy && !r.NoPolicy && !r.Scraper.Known() {
		return nameScraper(r)
	}
	return r.Apply()
}
