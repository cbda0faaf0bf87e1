// Package shadow tells where rivgate would have decided otherwise than VP did.
// What VP did is read from its log (vplog); what rivgate would do is asked of the
// one decider, or known from a copy of the request that was taken through the
// gateway's own stages. It calls nobody.
package shadow
