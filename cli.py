from mentalspace.cli import main

main()
