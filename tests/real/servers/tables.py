# SPDX-License-Identifier: MIT
"""All rows: who adds a table adds it here."""
import others
import services
import web

SERVERS = web.SERVERS + services.SERVERS + others.SERVERS
