"""The vendor's wire contract: signed requests in, exact answers out."""
