// What the app stores, and which people may open it. A table, queue or container is named here once; the modules make
// them, give the app its access and give groups of people theirs. The tests compare these lists with
// shared/stores/names.py in both directions, so that whoever adds a name there adds a line here.
//
// Table by table and without keys, because administrators work beside a table of what people say about race, religion,
// disability and sexuality: an account key opens everything and cannot tell who used it. The Functions host is refused a
// table of its own for diagnostics, says so in its log, and works.

@export()
@description('Every table: which groups of people may change its rows, and which may read them. The app itself uses all of them.')
var tables = {
  Programmes: { change: ['administrators'], read: ['operators'] }
  Applications: { change: ['administrators'], read: [] }
  LivedExperience: { change: [], read: ['matchers'] } // special category data: nobody who does not match pairs
  ClosedAnswers: { change: [], read: [] } // answers that a programme wants seen in exports alone: nobody
  Approvals: { change: [], read: ['administrators'] }
  Sessions: { change: ['administrators'], read: [] }
  Bookings: { change: ['administrators'], read: [] } // they note who came
  Pairs: { change: ['administrators'], read: [] }
  Rounds: { change: [], read: ['administrators', 'auditors'] }
  MatchNotes: { change: [], read: ['matchers'] } // reasons out of special category data: nobody who does not match pairs
  CheckIns: { change: ['contacts'], read: [] } // people's own words about their meetings
  Evaluations: { change: [], read: ['contacts'] } // people's own words about the programme, without a name
  Messages: { change: [], read: ['administrators', 'operators', 'auditors'] }
  Alarms: { change: [], read: ['operators'] }
  Commands: { change: ['administrators'], read: ['auditors'] }
  Audit: { change: [], read: ['administrators', 'auditors'] }
  Submissions: { change: [], read: ['operators'] }
  Responses: { change: [], read: ['operators'] }
  Links: { change: [], read: ['operators'] }
  Organisations: { change: [], read: ['operators'] }
  Mailboxes: { change: [], read: ['operators'] }
  EarlierParticipants: { change: ['administrators'], read: [] }
  Interest: { change: ['administrators'], read: [] }
  Drafts: { change: [], read: [] } // special category data of people who have not applied yet: nobody
  Tallies: { change: [], read: [] } // counts under hashes; nobody can make anything of them
  Quarantine: { change: [], read: ['administrators'] }
  MonitoringBox: { change: [], read: [] } // equality answers as they came: nobody
  Monitoring: { change: [], read: [] } // the same, mixed: people are told figures, not rows
  Upkeep: { change: [], read: ['administrators', 'operators'] }
}

@export()
@description('Every queue. Each has a second one, of the same name with -poison, for messages that failed five times.')
var queues = [
  'submissions'
  'mailboxes'
  'pairs'
]

@export()
@description('Every container that the code uses, with the role that the app needs on it.')
var containers = {
  submissions: 'blobOwner' // raw bodies; only an owner may search and write index tags
  exports: 'blobContributor'
  reports: 'blobContributor' // what the team opens: workbooks of cohorts
  access: 'blobContributor' // what people need in order to take part: special category data
  locks: 'blobContributor'
}

@export()
@description('Containers of the Functions host, with the role it needs: the package it runs, its leases and timers, its keys.')
var hostContainers = {
  deployments: 'blobContributor'
  'azure-webjobs-hosts': 'blobOwner'
  'azure-webjobs-secrets': 'blobOwner'
}
